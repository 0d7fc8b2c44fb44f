// One change made to several keys.
import type { KeyMetadata } from '@aws-sdk/client-kms';
import { done, flash } from '../../app/flash';
import { atOnce } from '../../app/load';
import { codeOf, messageOf } from '../../ui/ErrorNote';

interface Result {
  $metadata?: { requestId?: string };
}

interface Words {
  one: (key: KeyMetadata) => string;
  many: (n: number) => string;
  hint?: string;
  /** called when at least one key has changed */
  onDone: () => void;
}

/** changeEach changes each key and says what was done. With one key, its error is thrown; of several, those that fail are named. */
export async function changeEach<R extends Result>(keys: readonly KeyMetadata[], change: (key: KeyMetadata) => Promise<R>, words: Words): Promise<void> {
  if (keys.length === 1) {
    const result = await change(keys[0]);
    done(words.one(keys[0]), result, words.hint);
    words.onDone();
    return;
  }
  const results = await atOnce(keys, async (key) => {
    try {
      return { key, id: (await change(key)).$metadata?.requestId };
    } catch (error) {
      return { key, error };
    }
  });
  const good = results.filter((r) => !('error' in r));
  const bad = results.filter((r) => 'error' in r);
  if (good.length === 0) throw bad[0].error;
  flash(bad.length > 0 ? 'warning' : 'success', words.many(good.length), {
    content: (
      <>
        {words.hint}
        {bad.map((r) => (
          <div key={r.key.KeyId}>
            {r.key.KeyId} was not changed. {codeOf(r.error)}: {messageOf(r.error)}
          </div>
        ))}
        {good.map((r) => (
          <div key={r.key.KeyId}>
            {r.key.KeyId}, request ID: {r.id}
          </div>
        ))}
      </>
    ),
  });
  words.onDone();
}
