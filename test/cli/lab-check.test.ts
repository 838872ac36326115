/** Exercises against the fixtures: each lab's own captures pass, others fail for the reason they should. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { netlens, type Ran, withDirectory } from './run.ts';

interface Judged {
  readonly passed: boolean;
  readonly tasks: readonly {
    readonly id: string;
    readonly passed: boolean;
    readonly checks: readonly {
      readonly count: number;
      readonly frames: readonly { number: number }[];
    }[];
    readonly reason: { en: string; ko: string } | null;
  }[];
}

function capturesOf(fixture: string): string[] {
  const folder = join('fixtures', fixture, 'captures');
  return readdirSync(folder).map((name) => join(folder, name));
}

function check(lab: string, ...words: string[]): Ran {
  return netlens(['lab', 'check', lab, ...words]);
}

const judgements = new Map<string, Judged>();

/** The same question is asked once. */
function judged(lab: string, ...words: string[]): Judged {
  const key = JSON.stringify([lab, ...words]);
  const known = judgements.get(key);
  if (known !== undefined) return known;
  const found = JSON.parse(check(lab, ...words, '-o', 'json').out) as Judged;
  judgements.set(key, found);
  return found;
}

function reasonOf({ tasks }: Judged, id: string): string {
  const task = tasks.find((one) => one.id === id);
  assert.ok(task, id);
  assert.equal(task.passed, false, `${id} passed`);
  assert.match(task.reason!.ko, /[가-힣]/);
  return task.reason!.en;
}

describe('netlens lab check', function () {
  this.timeout(60_000);

  for (const lab of ['calico-ipip', 'flannel-vxlan', 'aws-vpc-cni', 'nlb']) {
    it(`lets the captures of ${lab} pass, with frame numbers`, () => {
      const { code, out, err } = check(lab, ...capturesOf(lab));
      assert.equal(code, 0, out + err);
      assert.doesNotMatch(out, /FAIL/);
      assert.match(out, /^(\d) of \1 tasks passed$/m);
      assert.match(out, /\d+ frames \(\S+\.pcap \d+/);
    });
  }

  it('lets one joined capture of a node pass too', () => {
    assert.equal(check('calico-ipip', 'fixtures/calico-ipip/any.pcapng').code, 0);
  });

  it('judges captures of another cluster by what they show', () => {
    const file = 'fixtures/calico-ipip/any.pcapng';
    assert.equal(judged('calico-ipip', '--own-cluster', file).passed, true);
    const { code, err } = check('calico-ipip', 'fixtures/flannel-vxlan/any.pcapng');
    assert.equal(code, 1);
    assert.match(err, /no pod of the lab is in these captures/);
  });

  const wrong: readonly [lab: string, fixture: string, task: string, reason: RegExp][] = [
    ['calico-ipip', 'calico-vxlan', 'cross-node', /VXLAN here, not IPIP/],
    ['flannel-vxlan', 'calico-ipip', 'cross-node', /IPIP here, not VXLAN/],
    ['flannel-vxlan', 'calico-ipip', 'arp', /169\.254\.1\.1.*Calico's gateway/],
    ['flannel-vxlan', 'calico-vxlan', 'cross-node', /another VNI than 1/],
    ['aws-vpc-cni', 'calico-ipip', 'cross-node', /through a tunnel here/],
    ['aws-vpc-cni', 'aws-vpc-cni-external-snat', 'egress', /own address leaves the node/],
    ['nlb', 'aws-vpc-cni', 'proxy-protocol-v2', /^no PROXY header/],
    ['calico-ipip', 'nlb', 'same-node', /^nothing between two pods of one node/],
  ];
  for (const [lab, fixture, task, reason] of wrong) {
    it(`says of ${fixture} why it is not what ${lab} asks for: ${task}`, () => {
      assert.match(reasonOf(judged(lab, `fixtures/${fixture}/any.pcapng`), task), reason);
    });
  }

  it('says that a tunnel device alone has no outer header', () => {
    const found = judged('calico-ipip', 'fixtures/calico-ipip/captures/k8s-w1.tunl0.pcap');
    assert.match(reasonOf(found, 'cross-node'), /captured at tunl0 .*capture eth0 too/);
  });

  it('counts what must not be there, and names it', () => {
    const found = judged('aws-vpc-cni', 'fixtures/calico-ipip/any.pcapng');
    const crossed = found.tasks.find(({ id }) => id === 'cross-node')!.checks[1]!;
    assert.ok(crossed.count > 100 && crossed.frames.length > 0);
  });

  it('speaks Korean', () => {
    const { out } = check('calico-ipip', '--lang', 'ko', 'fixtures/calico-ipip/any.pcapng');
    assert.match(out, /^통과 /m);
    assert.match(out, /과제 5개 중 5개 통과\n$/);
  });

  it('shows the tasks when there is no capture yet', () => {
    const { code, out } = check('calico-ipip');
    assert.equal(code, 0);
    assert.match(out, /^ {2}2\. {2}Between nodes the packet travels inside another IP packet/m);
  });

  it('judges what a damaged capture holds, says so, and fails', () =>
    withDirectory((directory) => {
      const file = join(directory, 'cut.pcapng');
      writeFileSync(file, readFileSync('fixtures/calico-ipip/any.pcapng'));
      truncateSync(file, 90_000);
      const { code, err, out } = check('calico-ipip', file);
      assert.equal(code, 1);
      assert.match(out, /of 5 tasks passed/);
      assert.match(err, /cut\.pcapng/);
    }));

  it('refuses an unknown lab, a lab without exercise, and standard input', () => {
    for (const [args, message] of [
      [['calico-ipp', 'x'], /no lab calico-ipp; did you mean calico-ipip\?/],
      [['tricky', 'x'], /it has no exercise; these have: calico-ipip/],
      [['calico-ipip', '-'], /read twice, so not from standard input/],
    ] as const) {
      const { code, err } = check(args[0], args[1]);
      assert.equal(code, 2);
      assert.match(err, message);
    }
  });
});
