import assert from 'node:assert/strict';
import { josa, type Particle } from '../../src/words/ko/particles.ts';

describe('Korean particles', () => {
  const said: readonly (readonly [string, Particle, string])[] = [
    ['10.0.0.1', '으로/로', '10.0.0.1로'],
    ['10.0.0.10', '으로/로', '10.0.0.10으로'],
    ['10.0.0.2', '이/가', '10.0.0.2가'],
    ['10.0.0.6', '으로/로', '10.0.0.6으로'],
    ['203.0.113.77', '을/를', '203.0.113.77을'],
    ['[fd00::a]:8080', '이/가', '[fd00::a]:8080이'],
    ['10.244.0.0/16', '과/와', '10.244.0.0/16과'],
    ['eth0', '은/는', 'eth0은'],
    ['DNAT', '이/가', 'DNAT가'],
    ['VLAN', '을/를', 'VLAN을'],
    ['ovn', '으로/로', 'ovn으로'],
    ['tunnel', '으로/로', 'tunnel로'],
    ['ping', '이/가', 'ping이'],
    ['노드', '은/는', '노드는'],
    ['터널', '으로/로', '터널로'],
    ['패킷', '이/가', '패킷이'],
    ['', '이/가', '가'],
  ];
  for (const [word, particle, whole] of said) {
    it(`${whole}`, () => assert.equal(josa(word, particle), whole));
  }

  it('agree with what stands before parentheses, and with what is within when nothing does', () => {
    assert.equal(josa('default/web-c (10.0.1.111)', '이/가'), 'default/web-c (10.0.1.111)가');
    assert.equal(
      josa('파드 10.0.1.2(노드 10.0.1.10)', '으로/로'),
      '파드 10.0.1.2(노드 10.0.1.10)로',
    );
    assert.equal(josa('(w1)', '은/는'), '(w1)은');
  });
});
