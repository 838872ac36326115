/** Answers of the AWS CLI that tell who owns addresses of a VPC, and the VPC CNI's own bookkeeping. */
import { type Facts, noFacts } from './facts.ts';
import { at } from './json-value.ts';

const KEYS = ['NetworkInterfaces', 'Vpcs'];

/** Whether a JSON document is one that readAwsDocument knows. */
export function isAwsDocument(document: unknown): boolean {
  return KEYS.some((key) => Array.isArray(at(document, key)));
}

export function readAwsDocument(_document: unknown, _where: string): Facts {
  return noFacts();
}
