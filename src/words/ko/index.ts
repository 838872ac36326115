/** Every sentence in Korean. */
import type { Catalog, Sentences } from '../sentence.ts';
import { captures } from './captures.ts';
import { filter } from './filter.ts';
import { flowLogs } from './flow-logs.ts';
import { limits } from './limits.ts';
import { owners } from './owners.ts';
import { reasons } from './reasons.ts';
import { traffic } from './traffic.ts';
import { troubles } from './troubles.ts';
import { unseen } from './unseen.ts';
import { writing } from './writing.ts';

export const ko: Catalog<Sentences> = {
  ...captures,
  ...filter,
  ...flowLogs,
  ...limits,
  ...owners,
  ...reasons,
  ...traffic,
  ...troubles,
  ...unseen,
  ...writing,
};
