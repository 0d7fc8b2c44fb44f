// The names of topics and lists of e-mail addresses, as SNS takes them.

/** topicNameError says what is wrong with the name of a new topic. */
export function topicNameError(name: string, taken: readonly string[] = []): string | undefined {
  if (!name) return 'Enter a name for the topic.';
  if (name.length > 256) return 'A topic name has at most 256 characters.';
  if (!/^[A-Za-z0-9_-]+$/.test(name)) return 'A topic name has letters, numbers, hyphens and underscores only.';
  return taken.includes(name) ? 'A topic with this name exists already. Select it as an existing topic, or enter another name.' : undefined;
}

/** emailsOf are the addresses of a list that is separated by commas, each once. */
export const emailsOf = (text: string) => [...new Set(text.split(/[,;\s]+/).filter(Boolean))];

/** emailsError says which address of a list is none. */
export function emailsError(text: string): string | undefined {
  const all = emailsOf(text);
  if (all.length === 0) return 'Enter at least one e-mail address.';
  const wrong = all.filter((e) => e.length > 254 || !/^[^@\s"<>(),:;[\]\\]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(e) || e.includes('..'));
  if (wrong.length === 0) return undefined;
  return `${wrong.slice(0, 3).join(', ')} ${wrong.length === 1 ? 'is not a valid e-mail address' : 'are not valid e-mail addresses'}.`;
}

/** topicArnError says what is wrong with an ARN that somebody enters. */
export function topicArnError(arn: string): string | undefined {
  if (!arn) return 'Enter the ARN of a topic.';
  return /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/.test(arn) ? undefined : 'Enter a topic ARN such as arn:aws:sns:us-east-1:111122223333:MyTopic.';
}

/** topicOf is the name of a topic, which is the last part of its ARN. */
export const topicOf = (arn: string) => arn.slice(arn.lastIndexOf(':') + 1);
