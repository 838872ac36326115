/** Files of Kubernetes objects as `kubectl get … -o json` prints them: lists, single objects, JSON Lines, several documents in one file; `-o yaml` too. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isAwsDocument, readAwsDocument } from './aws-json.ts';
import { type Facts, TopologyError } from './facts.ts';
import { at, listAt, textAt } from './json-value.ts';
import { KubeObjects } from './kube-objects.ts';

const EXTENSIONS = /\.(json|jsonl|ndjson|ya?ml)$/i;

/**
 * Facts from files and directories (of a directory: its *.json, *.jsonl, *.ndjson, *.yaml, *.yml, by
 * name, not deeper). A file that cannot be read or is not JSON throws TopologyError; an object with a
 * bad field keeps the rest and leaves a line in `problems`.
 */
export async function readKubeJson(paths: readonly string[]): Promise<Facts> {
  const objects = new KubeObjects('kubectl');
  const extra: Facts[] = [];
  for (const file of paths.flatMap(filesOf)) await readFile(file, objects, extra);
  const facts = objects.facts();
  for (const more of extra) {
    facts.nodes.push(...more.nodes);
    facts.ranges.push(...more.ranges);
    facts.addresses.push(...more.addresses);
    facts.names.push(...more.names);
  }
  if (saysNothing(facts)) {
    const kinds = [...objects.used.keys(), ...objects.ignored.keys()].slice(0, 5).join(', ');
    const found = kinds === '' ? 'no Kubernetes object' : `only ${kinds}`;
    facts.problems.push(
      `${paths.join(', ')}: holds ${found}; pods, nodes, services, endpointslices are of use`,
    );
  }
  return facts;
}

function saysNothing(facts: Facts): boolean {
  const { nodes, pods, services, endpoints, ranges, addresses, names } = facts;
  return [nodes, pods, services, endpoints, ranges, addresses, names].every((l) => l.length === 0);
}

function filesOf(path: string): string[] {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(path).isDirectory();
  } catch (error) {
    throw new TopologyError('NETLENS_KUBE_JSON', `${path}: ${reason(error)}`);
  }
  if (!isDirectory) return [path];
  const names = readdirSync(path).filter((name) => EXTENSIONS.test(name));
  if (names.length === 0)
    throw new TopologyError(
      'NETLENS_KUBE_JSON',
      `${path}: no *.json or *.yaml file in this directory`,
    );
  return names.sort().map((name) => join(path, name));
}

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EACCES') return 'permission denied';
  return error instanceof Error ? error.message : String(error);
}

async function readFile(file: string, objects: KubeObjects, extra: Facts[]): Promise<void> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new TopologyError('NETLENS_KUBE_JSON', `${file}: ${reason(error)}`);
  }
  const documents = /\.ya?ml$/i.test(file)
    ? await parseYaml(file, text)
    : parseDocuments(file, text);
  const label = basename(file);
  for (const [i, document] of documents.entries()) {
    const where = documents.length === 1 ? label : `${label}: document ${i + 1}`;
    if (isAwsDocument(document)) extra.push(readAwsDocument(document, where));
    else takeDocument(document, where, objects);
  }
}

/** A List of objects, or one object. Lists of the API (PodList) leave the kind out of their items. */
function takeDocument(document: unknown, where: string, objects: KubeObjects): void {
  const kind = textAt(document, 'kind');
  if (Array.isArray(document)) {
    for (const [i, item] of document.entries()) objects.add(item, `${where}: [${i}]`);
  } else if (kind?.endsWith('List') === true && Array.isArray(at(document, 'items'))) {
    const itemKind = kind === 'List' ? undefined : kind.slice(0, -'List'.length);
    if (itemKind !== undefined) objects.listed(itemKind);
    for (const [i, item] of listAt(document, 'items').entries()) {
      if (i < 1 || textAt(item, 'kind') !== textAt(listAt(document, 'items')[i - 1], 'kind')) {
        objects.listed(textAt(item, 'kind') ?? itemKind ?? '');
      }
      objects.add(item, `${where}: items[${i}]`, itemKind);
    }
  } else {
    objects.add(document, where);
  }
}

async function parseYaml(file: string, text: string): Promise<unknown[]> {
  const { parseAllDocuments } = await import('yaml');
  const documents = parseAllDocuments(text);
  return [...documents].map((document) => {
    const error = document.errors[0];
    if (error !== undefined)
      throw new TopologyError('NETLENS_KUBE_JSON', `${file}: ${error.message.split('\n')[0]}`);
    return document.toJS();
  });
}

/** The JSON documents of a text: one; or several, one after the other with any white space between (JSON Lines is that too). */
export function parseDocuments(file: string, text: string): unknown[] {
  const bare = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (bare.trim() === '') throw new TopologyError('NETLENS_KUBE_JSON', `${file}: empty`);
  let first: unknown;
  try {
    return [JSON.parse(bare)];
  } catch (error) {
    first = error;
  }
  const documents: unknown[] = [];
  for (const { from, to, line } of splitDocuments(bare)) {
    try {
      documents.push(JSON.parse(bare.slice(from, to)));
    } catch (error) {
      const why = documents.length === 0 && to === bare.length ? first : error;
      const message =
        why instanceof Error ? why.message.replace(/[\s\S]{0,40}"\.\.\. is/, 'is') : String(why);
      throw new TopologyError('NETLENS_KUBE_JSON', `${file}:${line}: not JSON: ${message}`);
    }
  }
  return documents;
}

/** Where each top-level value stands: braces and brackets outside strings, counted. Linear. */
function splitDocuments(text: string): { from: number; to: number; line: number }[] {
  const spans: { from: number; to: number; line: number }[] = [];
  let depth = 0;
  let from = -1;
  let line = 1;
  let lineAtFrom = 1;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 10) line++;
    if (from < 0 && c > 32) {
      from = i;
      lineAtFrom = line;
    }
    if (c === 34) {
      i = stringEnd(text, i); // kubectl escapes line ends inside strings
    } else if (c === 123 || c === 91) {
      depth++;
    } else if ((c === 125 || c === 93) && --depth <= 0) {
      spans.push({ from, to: i + 1, line: lineAtFrom });
      from = -1;
      depth = 0;
    }
  }
  if (from >= 0) spans.push({ from, to: text.length, line: lineAtFrom });
  return spans;
}

function stringEnd(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 92) i++;
    else if (c === 34) return i;
  }
  return text.length;
}
