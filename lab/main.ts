/** `npm run lab -- list | up NAME | down NAME | run NAME [--out DIR]`: the labs that make real traffic. */
import { packageFile } from '../src/package-root.ts';
import { awsVpcCni, awsVpcCniExternalSnat } from './aws-vpc-cni.ts';
import { LabError } from './blocks/command.ts';
import { downLab, type Lab, missingFor, runLab, upLab } from './blocks/lab.ts';
import { calicoBgp } from './calico-bgp.ts';
import { calicoCrosssubnet } from './calico-crosssubnet.ts';
import { calicoIpip } from './calico-ipip.ts';
import { calicoVxlan } from './calico-vxlan.ts';
import { canal } from './canal.ts';
import { ciliumGeneve, ciliumNative, ciliumVxlan } from './cilium.ts';
import { flannelHostGw } from './flannel-host-gw.ts';
import { flannelVxlan } from './flannel-vxlan.ts';
import { kubenet } from './kubenet.ts';
import { nlb } from './nlb.ts';
import { nodeport } from './nodeport.ts';
import { tricky, trickySnaplen } from './tricky.ts';

/** Every lab, in the order of the documentation. */
export const LABS: readonly Lab[] = [
  calicoIpip,
  calicoCrosssubnet,
  calicoVxlan,
  calicoBgp,
  canal,
  flannelVxlan,
  flannelHostGw,
  kubenet,
  ciliumVxlan,
  ciliumGeneve,
  ciliumNative,
  awsVpcCni,
  awsVpcCniExternalSnat,
  nlb,
  nodeport,
  tricky,
  trickySnaplen,
];

const USAGE = `usage: lab list | up NAME | down NAME | run NAME [--out DIR]
  list   the labs, and what each needs that is not installed
  up     build a lab and leave it up: enter with \`ip netns exec nl-NAME-PLACE …\`
  down   take a lab down, also what a killed run left
  run    build, make the traffic, write the fixture (default fixtures/NAME), take down`;

function find(name: string | undefined): Lab {
  const lab = LABS.find((candidate) => candidate.name === name);
  if (lab === undefined) {
    throw new LabError(
      `no lab ${name ?? '(name missing)'}; labs: ${LABS.map((l) => l.name).join(', ')}`,
    );
  }
  return lab;
}

async function main(argv: readonly string[]): Promise<void> {
  const [verb, name] = argv;
  if (verb === 'list') {
    for (const lab of LABS) {
      const missing = missingFor(lab);
      const note = missing.length === 0 ? '' : ` (needs ${missing.join(', ')})`;
      console.log(`${lab.name.padEnd(20)} ${lab.summary}${note}`);
    }
  } else if (verb === 'up') {
    for (const namespace of await upLab(find(name))) console.log(namespace);
  } else if (verb === 'down') {
    console.log(`${await downLab(find(name))} namespaces deleted`);
  } else if (verb === 'run') {
    const lab = find(name);
    const outAt = argv.indexOf('--out');
    const out = outAt === -1 ? undefined : argv[outAt + 1];
    const folder = out ?? packageFile('fixtures', lab.name);
    const truth = await runLab(lab, folder);
    const frames = truth.conversations.length;
    console.log(
      `${folder}: ${frames} conversations, every one seen with the outer headers expected`,
    );
  } else {
    console.error(USAGE);
    process.exitCode = 2;
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  console.error(`lab: ${error.message}`);
  process.exitCode = 1;
}
