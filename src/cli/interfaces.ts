/** `netlens interfaces`: the devices of this machine, and what each is for. */
import { hostname } from 'node:os';
import { Command, CommanderError, Option } from 'commander';
import { roleOfDevice } from '../topology/device-roles.ts';
import { readHost, readHostDevices } from '../topology/host-run.ts';
import type { DeviceRow } from '../view/devices-text.ts';
import { escapeJson } from '../view/escape.ts';
import { Output, say } from '../view/output.ts';
import { EXIT_DONE, UsageError } from './errors.ts';
import { tidyHelp } from './help.ts';
import {
  addKnowledgeOptions,
  type KnowledgeOptions,
  knowledgeOptions,
  loadKnowledge,
} from './knowledge.ts';

const STDOUT = 1;

const EXAMPLES = `
Examples:
  netlens interfaces                       by name, type and routes
  netlens interfaces --kube                with the names of pods from the Kubernetes API
  netlens interfaces --kube-json dump/     the same from kubectl's output
  netlens interfaces eth0 tunl0            those two
  netlens interfaces -o json               for programs
  ip netns exec NAME netlens interfaces    those of another network namespace`;

/** Run the command; yields the exit code. */
export async function runInterfaces(argv: readonly string[]): Promise<number> {
  const options = parse(argv);
  if (options === undefined) return EXIT_DONE;
  const rows = chosenOf(await rowsOf(options.knowledge), options.names);
  const output = new Output(STDOUT);
  if (options.format === 'json') {
    const lines = rows.map((row) => escapeJson(JSON.stringify(row)));
    await say(output, `[${lines.join(',\n ')}]\n`);
  } else {
    const { showDevices } = await import('../view/devices-text.ts');
    await say(output, showDevices(rows));
  }
  return EXIT_DONE;
}

function parse(
  argv: readonly string[],
): { format: 'table' | 'json'; knowledge: KnowledgeOptions; names: readonly string[] } | undefined {
  const command = tidyHelp(new Command('netlens interfaces'))
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .argument('[device...]')
    .usage('[OPTIONS] [DEVICE...]')
    .description("List this machine's network devices with what each is for. Needs no privileges.")
    .addHelpText('after', EXAMPLES)
    .helpOption('-h, --help', 'this text')
    .addOption(
      new Option('-o, --output <format>', 'how to show it')
        .choices(['table', 'json'])
        .default('table'),
    );
  addKnowledgeOptions(command, 'live');
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    const [first = ''] = error.message.replace(/^error: /, '').split('\n');
    throw new UsageError(`${first}; netlens help interfaces shows all`);
  }
  const given = command.opts<Record<string, unknown>>();
  return {
    format: given.output as 'table' | 'json',
    knowledge: knowledgeOptions(given),
    names: command.args,
  };
}

/** Those of these names, all without any. Throws for a name that no device has. */
function chosenOf(rows: readonly DeviceRow[], names: readonly string[]): readonly DeviceRow[] {
  const missing = names.find((name) => rows.every((row) => row.name !== name));
  if (missing !== undefined) {
    throw new UsageError(
      `${missing}: there is no such device; netlens interfaces lists those that are there`,
    );
  }
  return names.length === 0 ? rows : rows.filter(({ name }) => names.includes(name));
}

/** Devices with their roles, and the pods that routes lead to through them. */
async function rowsOf(knowledge: KnowledgeOptions): Promise<DeviceRow[]> {
  const [{ devices, routes }, host, { facts }] = await Promise.all([
    readHostDevices(),
    readHost(hostname()),
    loadKnowledge({ ...knowledge, host: false }, []),
  ]);
  const { buildTopology } = await import('../topology/build.ts');
  const topology = buildTopology(...(facts ?? []), host);
  return devices.map((device) => {
    const behind = host.addresses.filter(
      (fact) => fact.kind === 'pod' && fact.interface === device.name,
    );
    const pods = [...new Set(behind.map(({ address }) => address))].map((address) => {
      const { name, namespace } = topology.ownerOf(address);
      return name === undefined || name === address
        ? address
        : `${namespace === undefined ? '' : `${namespace}/`}${name} ${address}`;
    });
    return { ...device, role: roleOfDevice(device, routes), pods };
  });
}
