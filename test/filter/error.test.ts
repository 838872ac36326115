/** What a wrong filter is answered: the whole message, as the command line shows it. */
import assert from 'node:assert/strict';
import { editDistance, FilterError, nearest } from '../../src/filter/error.ts';
import { compileFilter } from '../../src/filter/filter.ts';
import { parseFilter } from '../../src/filter/parse.ts';
import { REFUSED } from '../../src/filter/words.ts';

function errorOf(text: string): FilterError {
  try {
    compileFilter(text);
  } catch (error) {
    assert.ok(error instanceof FilterError, String(error));
    return error;
  }
  throw new Error(`no error: ${text}`);
}

const GOLDEN: readonly string[] = [
  `filter: unknown word 'hots'
  hots 10.0.0.1
  ^~~~ did you mean 'host'?`,
  `filter: 'adn' stands where 'and' or 'or' should
  host 10.0.0.1 adn port 80
                ^~~ did you mean 'and'?`,
  `filter: 'port' stands where 'and' or 'or' should
  host 10.0.0.1 port 80
                ^~~~ did you mean 'and port'?`,
  `filter: unknown word 'dport'
  dport 80
  ^~~~~ did you mean 'dst port'?`,
  `filter: unknown label 'crossnode'
  label crossnode
        ^~~~~~~~~ did you mean 'cross-node'?`,
  `filter: unknown encap 'foo'
  tcp and encap foo
                ^~~ it is one of ipip, 6in4, 4in6, 6in6, gre, vxlan, geneve, wireguard, esp, weave-sleeve, flannel-udp, any, none`,
  `filter: 'www.example.com' is not an address, and netlens does not look names up
  host www.example.com
       ^~~~~~~~~~~~~~~ write 'pod NAME', 'svc NAME', 'node NAME' or 'dns NAME' for names`,
  `filter: '10.1.2.3/8' has bits beyond its mask
  net 10.1.2.3/8
      ^~~~~~~~~~ the network is 10.0.0.0`,
  `filter: port 70000 is larger than 65535
  tcp port 70000
           ^~~~~`,
  `filter: 'htpt' is not a service that netlens knows
  port htpt
       ^~~~ did you mean 'http'?`,
  `filter: 'http' is a service of tcp, not of udp
  udp port http
           ^~~~`,
  `filter: 'tcp' does not go with an address
  tcp host 10.0.0.1
  ^~~ write 'tcp and host 10.0.0.1'`,
  `filter: '::1' is an IPv6 address, and 'ip' has none
  ip host ::1
          ^~~`,
  `filter: a number alone says nothing
  tcp and 8080
          ^~~~ did you mean 'port 8080'?`,
  `filter: the filter ends where an address should follow
  host
      ^`,
  `filter: the filter ends where a name after 'pod' should follow
  pod
     ^`,
  `filter: this '(' is not closed
  tcp and (port 80
          ^`,
  `filter: this ')' closes nothing
  tcp)
     ^`,
  `filter: nothing stands between the parentheses
  tcp and ()
           ^`,
  `filter: 'src' does not go with 'proto'
  src proto 6
  ^~~`,
  `filter: 'arp' does not go with 'proto'
  arp proto 1
  ^~~ write 'ip proto', 'ip6 proto' or 'ether proto'`,
  `filter: 'icmp' does not go with 'port'
  icmp port 80
  ^~~~ write 'icmp and port'`,
  `filter: 'ether' alone says nothing: an address, 'proto' or '[' must follow
  tcp and ether
          ^~~~~`,
  `filter: '10.0.0.1' stands where a MAC address (02:00:00:00:00:01) should
  ether host 10.0.0.1
             ^~~~~~~~`,
  `filter: '02:00:00:00:00:01' is a MAC address
  ip host 02:00:00:00:00:01
          ^~~~~~~~~~~~~~~~~ write 'ether host MAC'`,
  `filter: IPv6 has no broadcast
  ip6 broadcast
      ^~~~~~~~~`,
  `filter: vlan 4096 is larger than 4095
  vlan 4096
       ^~~~`,
  `filter: 300 is not an IP protocol: the largest is 255
  ip proto 300
           ^~~`,
  `filter: '10.0.0.256' is not an address: 256 is larger than 255
  host 10.0.0.256
       ^~~~~~~~~~`,
  `filter: '010' in '010.0.0.1' is not a plain decimal number
  host 010.0.0.1
       ^~~~~~~~~`,
  `filter: /33 is longer than the address, 32 bits
  net 10.0.0.0/33
      ^~~~~~~~~~~`,
  `filter: a shift by more than 31 bits
  ip[0] << 32 = 0
        ^~`,
  `filter: '99999999999' is larger than 32 bits
  len > 99999999999
        ^~~~~~~~~~~`,
  `filter: '&' joins numbers
  (host 10.0.0.1) & (port 80)
                  ^ did you mean '&&'?`,
  `filter: '3' stands where the size 1, 2 or 4 should
  ip[0:3] = 1
       ^`,
  `filter: division by zero
  ip[0] / 0 = 1
        ^`,
  `filter: 'tcp-synn' stands where a number or bytes of a header (tcp[13]) should
  tcp[13] & tcp-synn != 0
            ^~~~~~~~ did you mean 'tcp-syn'?`,
  `filter: the bytes of 'esp' cannot be tested
  esp[0] = 1
  ^~~`,
  `filter: 'gateway' is not supported: it needs names of hosts and MAC addresses, and netlens looks none up
  gateway router
  ^~~~~~~ write 'ether host MAC and not host ADDRESS'`,
  `filter: 'wlan' is not supported: netlens does not read 802.11 frames
  wlan[0] = 1
  ^~~~`,
  `filter: 'llc ui' is not supported: only whether there is an LLC header is tested
  llc ui
      ^~ write 'llc'`,
  `filter: 'ifname' is not supported: netlens does not read pflog captures
  ifname eth0
  ^~~~~~ write 'iface NAME' for the interface a frame was captured on`,
  `filter: '080' starts with 0 and so is octal, which has no digit 8 or 9
  port 080
       ^~~ did you mean '80'?`,
  `filter: 'ip.ttl' (uint) cannot be compared with 'contains'
  ip.ttl contains 5
  ^~~~~~`,
  `filter: unknown field 'ip.tll'
  ip.tll < 5
  ^~~~~~ did you mean 'ip.ttl'?`,
  `filter: 'x' is not a number, which 'ip.ttl' is
  ip.ttl == x
            ^`,
  `filter: 'a/b/c' is not the name of a pod: write NAMESPACE/NAME or NAME
  pod a/b/c
      ^~~~~`,
];

describe('filter: errors', () => {
  for (const shown of GOLDEN) {
    const text = shown.split('\n')[1]!.slice(2);
    it(`'${text}'`, () => assert.equal(errorOf(text).show(), shown));
  }

  it('tell where and how long the fault is, and have a code', () => {
    const error = errorOf('tcp and prot 80');
    assert.equal(error.code, 'NETLENS_FILTER');
    assert.equal(error.text.slice(error.position, error.position + error.length), 'prot');
    assert.equal(error.message, "filter: unknown word 'prot'");
  });

  it('name every word of tcpdump that netlens does not support, with a reason', () => {
    for (const word of REFUSED.keys()) {
      const error = errorOf(`tcp and ${word} 1`);
      assert.match(error.message, new RegExp(`^filter: '${word}' is not supported: .{10}`));
    }
  });

  it('show only the part of a long filter around the fault', () => {
    const many = Array.from({ length: 500 }, (_, i) => `port ${i}`).join(' or ');
    const lines = errorOf(`${many} or hots 10.0.0.1 or ${many}`).show().split('\n');
    assert.equal(lines.length, 3);
    assert.ok(lines[1]!.length < 120);
    assert.equal(lines[1]!.slice(lines[2]!.indexOf('^'), lines[2]!.indexOf('~ ') + 1), 'hots');
  });

  it('put the caret under the fault after wide characters', () => {
    assert.equal(
      errorOf('ns "한국" and hots 1').show().split('\n')[2],
      `${' '.repeat(2 + 3 + 6 + 5)}^~~~ did you mean 'host'?`,
    );
  });

  it('let no control or bidirectional character through', () => {
    const shown = errorOf('ns "\x1b[31m\u202e" and \x07').show();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not occur
    assert.doesNotMatch(shown.replace(/\n/g, ''), /[\x00-\x1f\x7f-\x9f\u202e]/);
  });

  it('refuse a filter that is too long', () => {
    assert.match(errorOf(' '.repeat(70_000)).message, /longer than 65536/);
  });

  it('suggest only what is close', () => {
    assert.equal(nearest('hsot', ['host', 'port']), 'host');
    assert.equal(nearest('zzzz', ['host', 'port']), undefined);
    assert.equal(nearest('a', ['ah']), undefined);
    assert.equal(editDistance('hots', 'host'), 1);
    assert.equal(editDistance('', 'abc'), 3);
    assert.equal(editDistance('kitten', 'sitting'), 3);
  });

  it('are not raised by the names of JavaScript objects', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      assert.throws(() => parseFilter(`port ${name}`), FilterError);
      assert.throws(() => parseFilter(name), FilterError);
      assert.throws(() => parseFilter(`ip proto ${name}`), FilterError);
      assert.throws(() => parseFilter(`len = ${name}`), FilterError);
      assert.throws(() => parseFilter(`label ${name}`), FilterError);
      assert.throws(() => parseFilter(`${name}[0] = 1`), FilterError);
    }
  });
});
