import assert from 'node:assert/strict';
import { exceeds30Vcpus, instanceLimits } from '../../src/topology/eni-limits.ts';
import { maxPodsOf } from '../../src/topology/max-pods.ts';

const SINGLE = { prefixDelegation: false, customNetworking: false };
const PREFIXES = { prefixDelegation: true, customNetworking: false };

function limitsOf(type: string) {
  const limits = instanceLimits().get(type);
  assert.ok(limits, type);
  return limits;
}

describe('max pods of an instance type', () => {
  it('is, for every type, the figure that AWS publishes', () => {
    assert.ok(instanceLimits().size > 1300);
    for (const limits of instanceLimits().values()) {
      assert.equal(maxPodsOf(limits, SINGLE).maxPods, limits.publishedMaxPods, limits.instanceType);
    }
  });

  const known: readonly [type: string, maxPods: number, recommended: number][] = [
    ['t3.small', 11, 11],
    ['t3.medium', 17, 17],
    ['m5.large', 29, 29],
    ['c5.4xlarge', 234, 110],
    ['c5.18xlarge', 737, 250],
    ['p5.48xlarge', 100, 100],
  ];
  for (const [type, maxPods, recommended] of known) {
    it(`of ${type} is ${maxPods}, recommended ${recommended}`, () => {
      const found = maxPodsOf(limitsOf(type), SINGLE);
      assert.equal(found.maxPods, maxPods);
      assert.equal(found.recommended, recommended);
    });
  }

  it('shows the formula with its numbers', () => {
    assert.equal(maxPodsOf(limitsOf('t3.medium'), SINGLE).formula, '3 x (6 - 1) + 2');
    const both = maxPodsOf(limitsOf('m5.large'), {
      prefixDelegation: true,
      customNetworking: true,
    });
    assert.equal(both.formula, '(3 - 1) x (10 - 1) x 16 + 2');
  });

  it('takes a /28 for each address with prefix delegation', () => {
    const found = maxPodsOf(limitsOf('m5.large'), PREFIXES);
    assert.deepEqual([found.maxPods, found.recommended], [434, 110]);
  });

  it('leaves the primary interface out with custom networking', () => {
    const mode = { prefixDelegation: true, customNetworking: true };
    assert.equal(maxPodsOf(limitsOf('m5.large'), mode).maxPods, 290);
  });

  it('says when a type takes no prefixes, and takes bare metal for one that does', () => {
    assert.match(maxPodsOf(limitsOf('t2.micro'), PREFIXES).problem ?? '', /Nitro/);
    assert.equal(maxPodsOf(limitsOf('c5.metal'), PREFIXES).problem, undefined);
  });

  it('says when custom networking leaves no interface', () => {
    const mode = { prefixDelegation: false, customNetworking: true };
    assert.match(maxPodsOf(limitsOf('hpc6id.32xlarge'), mode).problem ?? '', /none/);
  });

  it('tells the vCPUs by the size in the name, and lets a count that is known decide', () => {
    const large = ['c5.9xlarge', 'm5.8xlarge', 'm5.metal', 'm8g.metal-24xl', 'hpc7a.24xlarge'];
    const small = [
      'c5.4xlarge',
      'hs1.8xlarge',
      'a1.metal',
      'hpc7a.12xlarge',
      't3.nano',
      'mac2.metal',
    ];
    for (const type of large) assert.equal(exceeds30Vcpus(type), true, type);
    for (const type of small) assert.equal(exceeds30Vcpus(type), false, type);
    assert.equal(exceeds30Vcpus('x9.colossal'), undefined);
    assert.equal(maxPodsOf(limitsOf('c5.4xlarge'), SINGLE, 36).cap, 250);
    assert.equal(maxPodsOf(limitsOf('c5.9xlarge'), SINGLE, 18).cap, 110);
  });

  it('lists sizes of a family from the smallest to the largest', () => {
    const m5 = [...instanceLimits().keys()].filter((type) => type.startsWith('m5.'));
    assert.deepEqual(m5.slice(0, 3), ['m5.large', 'm5.xlarge', 'm5.2xlarge']);
    assert.equal(m5.at(-1), 'm5.metal');
  });
});
