/** A strict reader of the XML that our pictures are made of: enough to tell that a document is well-formed. */
import assert from 'node:assert/strict';

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

const NAME = '[A-Za-z][A-Za-z0-9:-]*';
const TAG = new RegExp(`^<(/?)(${NAME})((?:\\s+${NAME}="[^"<]*")*)\\s*(/?)>`);
const ENTITY = /&(?!(amp|lt|gt|quot|#39);)/;

/** All elements in order. Fails on anything that is not well-formed, and on control characters. */
export function readXml(xml: string): XmlElement[] {
  const elements: XmlElement[] = [];
  const open: string[] = [];
  let at = 0;
  while (at < xml.length) {
    const next = xml.indexOf('<', at);
    const text = xml.slice(at, next < 0 ? xml.length : next);
    assert.doesNotMatch(text, ENTITY);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
    assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
    if (next < 0) break;
    const tag = TAG.exec(xml.slice(next, next + 20_000));
    assert.ok(tag !== null, `no tag: ${xml.slice(next, next + 80)}`);
    const [whole, closes, name, attributes, empty] = tag;
    if (closes === '/') assert.equal(open.pop(), name);
    else {
      elements.push({ name: name!, attributes: attributesOf(attributes!) });
      if (empty === '') open.push(name!);
    }
    at = next + whole.length;
  }
  assert.deepEqual(open, [], 'elements not closed');
  return elements;
}

function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name, value] of text.matchAll(new RegExp(`(${NAME})="([^"]*)"`, 'g'))) {
    assert.doesNotMatch(value!, ENTITY);
    assert.ok(!attributes.has(name!), `${name} twice`);
    attributes.set(name!, value!);
  }
  return attributes;
}
