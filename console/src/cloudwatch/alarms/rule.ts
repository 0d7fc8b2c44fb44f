// The rules of composite alarms: checked while they are written, and evaluated with the states
// that the alarms are in now.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm.html
import { states, type State } from './state.ts';

/** A rule that can be read: the alarms that it names, and whether it is true. */
export interface Rule {
  children: string[];
  isTrue: (stateOf: (name: string) => State | undefined) => boolean;
}

export class RuleError extends Error {
  readonly at: number;
  constructor(what: string, at: number) {
    super(`${what} at character ${at + 1}.`);
    this.at = at;
  }
}

type Term = Rule['isTrue'];

/** parseRule reads a rule; it throws a RuleError if it is none. */
export function parseRule(text: string): Rule {
  let at = 0;
  const children: string[] = [];
  const space = () => {
    while (' \t\r\n'.includes(text[at]) && at < text.length) at++;
  };
  const next = () => (at >= text.length ? 'the end' : `“${/^[^\s()"]+|./.exec(text.slice(at))![0].slice(0, 40)}”`);
  const fail = (what: string) => new RuleError(what, at);
  const symbol = (s: string) => {
    space();
    if (text[at] !== s) return false;
    at++;
    return true;
  };
  const expect = (s: string) => {
    if (!symbol(s)) throw fail(`Expected “${s}” but found ${next()}`);
  };
  const word = (w: string, anyCase = false) => {
    space();
    const got = text.slice(at, at + w.length);
    if (got !== w && !(anyCase && got.toUpperCase() === w)) return false;
    if (/[\w\u0080-\uffff]/.test(text[at + w.length] ?? '')) return false;
    at += w.length;
    return true;
  };
  const state = (): State | undefined => states.find((s) => word(s));
  const child = () => {
    space();
    let name: string;
    if (symbol('"')) {
      const end = text.indexOf('"', at);
      if (end < 0) throw fail('A quote is not closed');
      name = text.slice(at, end);
      at = end + 1;
    } else {
      name = /^[^(),"]*/.exec(text.slice(at))![0];
      at += name.length;
      name = name.trim();
    }
    if (!name) throw fail('The name of an alarm is missing');
    if (!children.includes(name)) children.push(name);
    return name;
  };
  const atLeast = (): Term => {
    expect('(');
    space();
    const count = /^\d+%?/.exec(text.slice(at))?.[0];
    if (!count) throw fail(`Expected a number but found ${next()}`);
    at += count.length;
    expect(',');
    const not = word('NOT');
    const wanted = state();
    if (!wanted) throw fail(`Expected a state but found ${next()}`);
    expect(',');
    expect('(');
    const names = [child()];
    while (symbol(',')) names.push(child());
    expect(')');
    expect(')');
    const least = count.endsWith('%') ? Math.ceil((parseInt(count, 10) / 100) * names.length) : Number(count);
    return (of) => names.filter((n) => (of(n) === wanted) !== not).length >= least;
  };
  const atom = (depth: number): Term => {
    if (symbol('(')) {
      const t = or(depth + 1);
      expect(')');
      return t;
    }
    if (word('TRUE', true)) return () => true;
    if (word('FALSE', true)) return () => false;
    if (word('AT_LEAST')) return atLeast();
    const wanted = state();
    if (!wanted) throw fail(`Expected ALARM("name"), OK("name"), INSUFFICIENT_DATA("name"), TRUE, FALSE, NOT or “(” but found ${next()}`);
    expect('(');
    const name = child();
    expect(')');
    return (of) => of(name) === wanted;
  };
  const not = (depth: number): Term => {
    if (depth > 100) throw fail('The rule is nested too deeply');
    if (!word('NOT')) return atom(depth);
    const t = not(depth + 1);
    return (of) => !t(of);
  };
  const and = (depth: number): Term => {
    let left = not(depth);
    while (word('AND')) {
      const [l, r] = [left, not(depth)];
      left = (of) => l(of) && r(of);
    }
    return left;
  };
  const or = (depth: number): Term => {
    let left = and(depth);
    while (word('OR')) {
      const [l, r] = [left, and(depth)];
      left = (of) => l(of) || r(of);
    }
    return left;
  };
  if (text.length > 10240) throw new RuleError('The rule is longer than 10240 characters', 10240);
  const isTrue = or(0);
  space();
  if (at < text.length) throw fail(`Expected AND or OR but found ${next()}`);
  if (children.length > 100) throw new RuleError('The rule names more than 100 alarms', 0);
  return { children, isTrue };
}

/** nameOfChild is the name of an alarm that a rule names by its ARN or its name. */
export const nameOfChild = (child: string) => (child.startsWith('arn:') ? child.split(':').slice(6).join(':') : child);
