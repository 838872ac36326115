/** How the help of every command is laid out. */
import type { Command, Option } from 'commander';

/** Choices and telling defaults in a few words, arguments only in the usage line; its reader may leave. */
export function tidyHelp(command: Command): Command {
  return command
    .configureHelp({ optionDescription, visibleArguments: () => [] })
    .configureOutput({ writeOut: showHelp });
}

function showHelp(text: string): void {
  process.stdout.on('error', () => {}); // | head
  process.stdout.write(text);
}

function optionDescription(option: Option): string {
  const { argChoices, defaultValue, description } = option;
  const parts: string[] = [];
  if (argChoices !== undefined) parts.push(argChoices.join('|'));
  if (typeof defaultValue === 'string' && defaultValue !== '')
    parts.push(`default ${defaultValue}`);
  return parts.length === 0 ? description : `${description} (${parts.join(', ')})`;
}
