/** docs/keys.md, made from the key table that the screen acts on and its help shows. */
import { messagesIn } from '../../../src/view/messages/language.ts';
import { COMMANDS } from '../../../src/view/screens/commands.ts';
import { ACTIONS, BINDINGS, KEY_GROUPS, showKeys } from '../../../src/view/screens/keys.ts';

export function keysPage(): string {
  const { actions, commands, keyGroups } = messagesIn('en');
  const lines = [
    '# Keys of the terminal UI',
    '',
    'Made by `npm run golden` from the table that the keys act by; `?` shows the same on the screen.',
  ];
  for (const group of KEY_GROUPS) {
    lines.push('', `## ${keyGroups[group]}`, '', '| key | what it does |', '|---|---|');
    for (const action of ACTIONS) {
      if (BINDINGS[action].group !== group) continue;
      const keys = BINDINGS[action].keys.map((key) => code(showKeys(key)));
      lines.push(`| ${keys.join(', ')} | ${cell(actions[action])} |`);
    }
  }
  lines.push('', '## Commands, after `:`', '', '| command | what it does |', '|---|---|');
  for (const name of Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]) {
    lines.push(`| \`${name}\` | ${cell(commands[name])} |`);
  }
  return `${lines.join('\n')}\n`;
}

function code(text: string): string {
  return `\`${cell(text)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
