/** Loaded before the tests of one mutant: swaps one line of one built file while it is loaded. */
import { register } from 'node:module';

register(new URL('./swap.js', import.meta.url), {
  data: JSON.parse(process.env.NETLENS_MUTANT ?? '{}'),
});
