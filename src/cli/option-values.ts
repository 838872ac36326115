/** Values of options as commander hands them over, and its complaints as one line of ours. */
import { InvalidArgumentError } from 'commander';
import { SCALE_MAX, TEXT_MAX } from '../view/picture/request.ts';

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

export function boundedText(value: string): string {
  if (value.length <= TEXT_MAX) return value;
  throw new InvalidArgumentError(`at most ${TEXT_MAX} characters are expected`);
}

/** Pixels of a PNG for each unit of the picture. */
export function scaleOf(value: string): number {
  const factor = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (factor >= 0.5 && factor <= SCALE_MAX) return factor;
  throw new InvalidArgumentError(`a factor from 0.5 to ${SCALE_MAX} is expected`);
}
