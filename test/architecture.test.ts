/**
 * The rooms of src/ and what each may know. This table is the document and the check: ARCHITECTURE.md
 * points here, and a stray import fails the tests.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

interface Room {
  /** Rooms it may import from, besides itself. A path ending in .ts allows that one file only. */
  readonly rooms: readonly string[];
  readonly node: boolean;
  readonly packages: readonly string[];
  readonly mustNotKnow: string;
}

const everyRoom =
  'base words source decode flow topology classify filter exercise view cluster'.split(' ');

/** The room beside src/: it makes traffic and reads none. */
const LAB = '../lab';

/** Folders of src/ in the order of the data path. */
const rooms: Readonly<Record<string, Room>> = {
  base: { rooms: [], node: false, packages: [], mustNotKnow: 'everything else' },
  words: { rooms: [], node: false, packages: [], mustNotKnow: 'who found out what is said' },
  source: {
    rooms: ['words', 'base'],
    node: true,
    packages: ['fzstd', 'hyparquet', 'koffi', 'cap'],
    mustNotKnow: 'protocols: it reads records, not headers',
  },
  decode: {
    rooms: ['base'],
    node: false,
    packages: [],
    mustNotKnow: 'files, clocks, flows, colours',
  },
  flow: {
    rooms: ['base', 'decode'],
    node: false,
    packages: [],
    mustNotKnow: 'Kubernetes, output',
  },
  topology: {
    rooms: ['words', 'base', 'package-root.ts'],
    node: true,
    packages: ['yaml', 'zod', 'ipaddr.js', '@kubernetes/client-node'],
    mustNotKnow: 'packets',
  },
  classify: {
    rooms: ['words', 'base', 'flow', 'topology', 'decode/protocols/index.ts'], // decode for names alone
    node: false,
    packages: [],
    mustNotKnow: 'bytes, output',
  },
  filter: {
    rooms: ['words', 'base', 'decode', 'flow', 'topology', 'classify'],
    node: false,
    packages: ['ipaddr.js'],
    mustNotKnow: 'where frames came from, output',
  },
  exercise: {
    rooms: ['base', 'decode', 'flow', 'classify', 'filter'],
    node: true,
    packages: ['yaml', 'zod'],
    mustNotKnow: 'how labs are built, output',
  },
  view: {
    rooms: [
      'words',
      'base',
      'decode',
      'flow',
      'topology',
      'classify',
      'filter',
      'exercise',
      'package-root.ts',
    ],
    node: true,
    packages: [
      'string-width',
      'zod',
      'cli-progress',
      '@resvg/resvg-js',
      'dejavu-fonts-ttf',
      '@expo-google-fonts/nanum-gothic-coding',
      '@duckdb/node-api',
    ],
    mustNotKnow: 'where frames came from',
  },
  engine: {
    rooms: [...everyRoom, 'pipeline.ts'],
    node: true,
    packages: [],
    mustNotKnow: 'argv, terminals',
  },
  cluster: {
    rooms: everyRoom,
    node: true,
    packages: ['@nats-io/transport-node', '@nats-io/jetstream', 'prom-client'],
    mustNotKnow: 'rules and formats: it only connects',
  },
  cli: {
    rooms: [...everyRoom, 'engine', 'pipeline.ts', 'package-root.ts', LAB],
    node: true,
    packages: ['commander', 'cli-progress'],
    mustNotKnow: 'rules and formats: it only connects',
  },
  [LAB]: {
    rooms: ['package-root.ts'],
    node: true,
    packages: [],
    mustNotKnow: 'how captures are read',
  },
  'package-root.ts': {
    rooms: [],
    node: true,
    packages: [],
    mustNotKnow: 'what the files of the package are for',
  },
  'pipeline.ts': {
    rooms: everyRoom,
    node: true,
    packages: [],
    mustNotKnow: 'rules and formats: it only connects',
  },
};

/** Packages of one folder alone, whatever its room may import. */
const packagesByFolder: Readonly<Record<string, readonly string[]>> = {
  'view/tui/': ['blessed', 'string-width'],
};

/** The only files that may pass other files' exports on. */
const registries = ['decode/protocols/index.ts', 'classify/rules/index.ts'];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
  readonly isFile: boolean;
}

const root = path.resolve('src');
/** By their path from src/. */
const files = ['.', LAB].flatMap(filesIn).sort();
const textOf = new Map(files.map((file) => [file, readFileSync(path.join(root, file), 'utf8')]));
const imports = files.flatMap(importsOf);

function filesIn(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/')));
}

function importsOf(from: string): Import[] {
  const text = withoutComments(textOf.get(from)!);
  const found: Import[] = [];
  const statement = /\b(import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?'([^']+)'/g;
  const lazy = /\bimport\(\s*'([^']+)'/g;
  for (const match of text.matchAll(statement)) add(match[3]!, match[2] !== undefined);
  for (const match of text.matchAll(lazy)) add(match[1]!, false);
  return found;

  function add(specifier: string, typeOnly: boolean): void {
    const isFile = specifier.startsWith('.');
    const file = path.posix.join(path.posix.dirname(from), specifier).replace(/^\.\.\/src\//, '');
    found.push({ from, to: isFile ? file : specifier, typeOnly, isFile });
  }
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}

function roomOf(file: string): string {
  if (file.startsWith(`${LAB}/`)) return LAB;
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file;
}

function mayImportFile({ from, to }: Import): boolean {
  const here = roomOf(from);
  const there = roomOf(to);
  return here === there || (rooms[here]?.rooms.some((r) => r === there || r === to) ?? false);
}

function mayImportPackage({ from, to }: Import): boolean {
  const room = rooms[roomOf(from)];
  if (to.startsWith('node:')) return room?.node ?? false;
  const name = to
    .split('/')
    .slice(0, to.startsWith('@') ? 2 : 1)
    .join('/');
  if (room?.packages.includes(name)) return true;
  return Object.entries(packagesByFolder).some(
    ([folder, packages]) => from.startsWith(folder) && packages.includes(name),
  );
}

function show({ from, to }: Import): string {
  return `src/${from} imports ${to}`;
}

describe('architecture', () => {
  it('finds the imports of every file', () => {
    assert.ok(imports.some((i) => i.from === 'decode/decode.ts' && i.to === 'decode/packet.ts'));
    assert.ok(imports.length > files.length);
  });

  it('every folder of src/, and lab/, is a room of the table', () => {
    const unknown = files.filter((file) => rooms[roomOf(file)] === undefined);
    assert.deepEqual(unknown, []);
  });

  it('a room imports only from the rooms that the table allows', () => {
    const stray = imports.filter((i) => i.isFile && !mayImportFile(i)).map(show);
    assert.deepEqual(stray, []);
  });

  it('a room uses only the packages and Node modules that the table allows', () => {
    const stray = imports.filter((i) => !i.isFile && !mayImportPackage(i)).map(show);
    assert.deepEqual(stray, []);
  });

  it('every import is of a file that exists', () => {
    const missing = imports.filter((i) => i.isFile && !textOf.has(i.to) && i.to.endsWith('.ts'));
    assert.deepEqual(missing.map(show), []);
  });

  it('no files import each other in a circle', () => {
    const next = new Map<string, string[]>();
    for (const { from, to, typeOnly, isFile } of imports) {
      if (isFile && !typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
    }
    assert.deepEqual(circles(next), []);
  });

  it('only the two registries pass on what other files export', () => {
    const passesOn = /^export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s+from\s/m;
    const barrels = files
      .filter((file) => !registries.includes(file))
      .filter((file) => passesOn.test(withoutComments(textOf.get(file)!)));
    assert.deepEqual(barrels, []);
  });

  it('no file or folder is a room for everything', () => {
    const catchAll = /(^|\/)(utils?|helpers?|common|types|misc|shared)(\.ts|\/)/;
    assert.deepEqual(
      files.filter((file) => catchAll.test(file)),
      [],
    );
  });

  it('names are kebab-case', () => {
    const odd = files.filter(
      (file) => !/^(\.\.\/)?([a-z0-9-]+\/)*[a-z0-9-]+(\.d)?\.ts$/.test(file),
    );
    assert.deepEqual(odd, []);
  });

  it('nothing in decode throws, catches, waits or counts in BigInt', () => {
    // protocols/index.ts checks the registry once, at load; fields.ts shows single packets.
    const cold = ['decode/protocols/index.ts', 'decode/fields.ts'];
    const banned = /\bthrow\b|\btry\s*\{|\bBigInt\b|\b\d+n\b|\basync\b|\bawait\b/;
    const found = files
      .filter((file) => file.startsWith('decode/') && !cold.includes(file))
      .filter((file) => banned.test(withoutComments(textOf.get(file)!)));
    assert.deepEqual(found, []);
  });
});

/** Every circle once, as `a -> b -> a`, named from its first file. */
function circles(next: ReadonlyMap<string, readonly string[]>): string[] {
  const found = new Set<string>();
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (file: string): void => {
    const seenAt = trail.indexOf(file);
    if (seenAt >= 0) found.add([...trail.slice(seenAt), file].join(' -> '));
    if (seenAt >= 0 || done.has(file)) return;
    trail.push(file);
    for (const to of next.get(file) ?? []) visit(to);
    trail.pop();
    done.add(file);
  };
  for (const file of next.keys()) visit(file);
  return [...found];
}
