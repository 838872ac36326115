/** Values of options as commander hands them over, and its complaints as one line of ours. */
import { InvalidArgumentError } from 'commander';

export function append(value: string, all: string[]): string[] {
  return [...all, value];
}

export function increase(_: unknown, count: number): number {
  return count + 1;
}

export function positive(value: string): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('a whole number from 1 on is expected');
}

/** commander's message as one line of ours. */
export function oneLine(message: string, command: string): string {
  const wrong = /option '(\S+?),? .*' argument '(.*)' is invalid\. (.*)/s.exec(message);
  if (wrong !== null) {
    const [, flag, value, why] = wrong;
    return `${flag} ${value}: ${why!.replace(/^Allowed choices are/, 'one of')}`;
  }
  const [first = '', hint = ''] = message.replace(/^error: /, '').split('\n');
  const meant = /Did you mean (?:one of )?(.*)\?/.exec(hint)?.[1];
  const advice =
    meant === undefined ? `netlens help ${command} shows all` : `did you mean ${meant}?`;
  return `${first.replace(/\.$/, '')}; ${advice}`;
}
