/** refused throws what an answer says of entries that were not taken. */
export function refused(answer: { FailedEntries?: { TargetId?: string; ErrorCode?: string; ErrorMessage?: string }[]; $metadata: { requestId?: string } }) {
  const first = answer.FailedEntries?.[0];
  if (first) throw Object.assign(new Error(`${first.TargetId}: ${first.ErrorMessage}`), { name: first.ErrorCode ?? 'Error', $metadata: answer.$metadata });
}
