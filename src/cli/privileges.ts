/** `-Z USER`: what needs no privileges is done without them. */
import { readFileSync } from 'node:fs';
import { UsageError } from './errors.ts';

/** Become this user, with its own group alone, for good. Throws a UsageError when there is no such user, or we may not. */
export function becomeUser(name: string): void {
  const account = accountOf(name);
  if (process.getuid?.() !== 0) {
    throw new UsageError(`-Z ${name}: only root can become another user`);
  }
  process.setgroups!([account.group]);
  process.setgid!(account.group);
  process.setuid!(account.user);
}

function accountOf(name: string): { user: number; group: number } {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const line of lines) {
    const [login, , user, group] = line.split(':');
    if (login === name) return { user: Number(user), group: Number(group) };
  }
  throw new UsageError(`-Z ${name}: there is no such user on this machine`);
}
