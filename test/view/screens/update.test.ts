import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openEngine } from '../../../src/engine/open.ts';
import { messagesIn } from '../../../src/view/messages/language.ts';
import type { Model, PacketFilter } from '../../../src/view/model.ts';
import type { Writing } from '../../../src/view/screens/events.ts';
import { runCommand } from '../../../src/view/screens/run-command.ts';
import type { UiState } from '../../../src/view/screens/state.ts';
import { statisticsLines } from '../../../src/view/screens/statistics.ts';
import { branchesOf } from '../../../src/view/screens/tree.ts';
import { update } from '../../../src/view/screens/update.ts';
import { widthOf } from '../../../src/view/width.ts';
import { engineOn, ScreenDriver } from './screen-driver.ts';

describe('the screen', function () {
  this.timeout(60_000);
  let model: Model;

  before(async () => {
    model = await engineOn(
      'calico-ipip',
      'captures/k8s-w0.any.pcap',
      'captures/k8s-w1.any.pcap',
      'captures/k8s-m.eth0.pcap',
    );
  });

  after(async () => {
    await model.close();
  });

  it('moves by rows, pages, counts, to both ends and never beyond', async () => {
    const screen = await ScreenDriver.on(model);
    await screen.press('k');
    assert.match(screen.selectedText(), /^ *1 /);
    await screen.press('1', '2', 'j');
    assert.match(screen.selectedText(), /^ *13 /);
    await screen.press('G', 'j');
    assert.match(screen.selectedText(), /^ *56 /);
    await screen.press('g', 'g');
    assert.match(screen.selectedText(), /^ *1 /);
    await screen.press('3', '0', 'g', 'g');
    assert.match(screen.selectedText(), /^ *30 /);
  });

  it('calls labels by their names in the language where there is room', async () => {
    const named = { ko: /^ *1 H 호스트 {5}tcp/m, en: /^ *1 H host {7}tcp/m } as const;
    for (const language of ['ko', 'en'] as const) {
      const screen = await ScreenDriver.on(model, { columns: 300, rows: 40, language });
      assert.match(screen.text(), named[language]);
    }
  });

  for (const [columns, rows] of [
    [40, 10],
    [80, 24],
    [120, 40],
    [200, 50],
  ] as const) {
    it(`keeps columns where they are once their rows were seen, at ${columns} x ${rows}`, async () => {
      const screen = await ScreenDriver.on(model, { columns, rows });
      for (const keys of [[], ['A']]) {
        await screen.press(...keys, 'G', 'g', 'g');
        const heading = screen.grid().rowText(2);
        for (let page = 0; page < 200 / rows; page++) {
          await screen.press('pagedown');
          assert.equal(screen.grid().rowText(2), heading);
        }
      }
    });
  }

  it('measures columns anew for another filter', async () => {
    const screen = await ScreenDriver.on(model);
    await screen.press('G');
    await screen.press(':');
    await screen.type('filter port 179');
    await screen.press('enter');
    const fresh = await ScreenDriver.on(model, { filter: 'port 179' });
    assert.equal(screen.grid().rowText(2), fresh.grid().rowText(2));
  });

  it('goes deeper with enter and back with esc', async () => {
    const screen = await ScreenDriver.on(model);
    await screen.press('2', '2', 'j', 'enter');
    assert.equal(screen.state.view, 'journey');
    assert.equal(screen.state.conversation, 23);
    assert.match(screen.text(), /wrapped into ipip/);
    await screen.press('enter', 'j', 'enter');
    assert.equal(screen.state.view, 'detail');
    assert.match(screen.text(), /172\.16\.158\.1 > 172\.16\.34\.1/);
    await screen.press('esc', 'esc', 'esc');
    assert.equal(screen.state.view, 'conversations');
    assert.match(screen.selectedText(), /^ *23 /);
    await screen.press('esc');
    assert.equal(screen.state.overlay?.kind, 'menu');
  });

  it('finds the conversation of a packet, and the packet among all', async () => {
    const screen = await ScreenDriver.on(model);
    await screen.press('A', '4', '0', '0', 'j');
    const packet = screen.data.packets!.rows.find(({ index }) => index === 400)!;
    await screen.press('C');
    assert.match(screen.selectedText(), new RegExp(`^ *${packet.conversation} `));
    await screen.press('P');
    assert.equal(screen.state.packetsOf, packet.conversation);
    assert.match(screen.selectedText(), /^ *401 /);
  });

  it('filters, says how many there are, remembers the line, and clears', async () => {
    const screen = await ScreenDriver.on(model);
    await screen.press('/');
    await screen.type('label cross-node');
    await screen.press('enter');
    assert.match(screen.text(), /21 of 56 conversations/);
    assert.ok(!/^ *\d+ S /m.test(screen.text()));
    await screen.type(':clear-filter');
    await screen.press('enter');
    assert.match(screen.text(), /56 of 56 conversations/);
    await screen.press('/', 'up');
    assert.equal(screen.state.input?.text, 'label cross-node');
  });

  it('completes words of the filter and shows what is wrong with it while it is typed', async () => {
    const screen = await ScreenDriver.on(model);
    await screen.press('/');
    await screen.type('labe');
    await screen.press('tab');
    assert.equal(screen.state.input?.text, 'label ');
    assert.match(screen.text(), / same-node /);
    await screen.type('cros');
    await screen.press('tab');
    assert.equal(screen.state.input?.text.trimEnd(), 'label cross-node');
    await screen.press('C-u');
    await screen.type('pot 80');
    assert.match(screen.text(), /did you mean|port/);
    await screen.press('esc');
    assert.equal(screen.state.filter, '');
  });

  it('keeps the selected conversation when the order changes', async () => {
    const screen = await ScreenDriver.on(model);
    await screen.press('2', '2', 'j');
    await screen.type(':sort bytes');
    await screen.press('enter');
    assert.match(screen.selectedText(), /^ *23 /);
    await screen.press('r', 'g', 'g');
    const bytes = screen.data.conversations!.rows.map(
      (row) => row.bytes.toServer + row.bytes.toClient,
    );
    assert.deepEqual(
      bytes,
      [...bytes].sort((a, b) => a - b),
    );
  });

  it('searches on, backwards, and says when there is nothing', async () => {
    const screen = await ScreenDriver.on(model);
    await screen.press('C-f');
    await screen.type('web-far');
    await screen.press('enter');
    assert.match(screen.selectedText(), /web-far/);
    const first = screen.state.places.conversations.selected;
    await screen.press('n');
    const second = screen.state.places.conversations.selected;
    await screen.press('N');
    assert.ok(second >= first);
    assert.equal(screen.state.places.conversations.selected, first);
    await screen.press('C-f');
    await screen.type('zzzz');
    await screen.press('enter');
    assert.match(screen.state.message!.text, /not found: zzzz/);
  });

  it('marks places and comes back to them', async () => {
    const screen = await ScreenDriver.on(model);
    await screen.press('9', 'j', 'm', 'a', 'g', 'g', "'", 'a');
    assert.match(screen.selectedText(), /^ *10 /);
    await screen.press('J', 't', "'", "'");
    assert.equal(screen.state.view, 'journey');
    await screen.press("'", 'x');
    assert.ok(screen.state.message?.isError);
  });

  it('lights the bytes of a field, and the field of a byte', async () => {
    const screen = await ScreenDriver.on(model);
    await screen.press('2', '2', 'j', 'P', 'd', 'j', 'enter', 'j');
    const lit = screen.grid().style.filter((style) => style >> 12 === 4).length;
    assert.ok(lit > 0);
    await screen.press('tab', 'l');
    const byte = screen.state.byte!;
    const branches = branchesOf(screen.data.frame!.frame!, screen.state.open);
    const { at, length } = branches[screen.state.tree.selected]!;
    assert.ok(at <= byte && byte < at + length);
    await screen.press('tab', 'h', 'h');
    assert.ok(!screen.state.open.some((key) => key.startsWith('1 ')));
  });

  it('freezes lists, copies parts, and asks for what lies outside', async () => {
    const screen = await ScreenDriver.on(model);
    await screen.press('F');
    assert.equal(screen.state.frozen?.conversations, 56);
    await screen.press('F', '2', '2', 'j', 'c', 'j', 'j', 'j', 'enter');
    const copy = screen.effects.find(({ kind }) => kind === 'copy') as { text: string };
    assert.equal(
      copy.text,
      'tcp and host 172.16.158.1 and host 172.16.34.1 and port 41317 and port 9000',
    );
    await screen.press('/');
    await screen.type(copy.text);
    await screen.press('enter');
    assert.match(screen.text(), /1 of 56 conversations/);
    await screen.type(':copy json');
    await screen.press('enter');
    const json = screen.effects.filter(({ kind }) => kind === 'copy').at(-1) as { text: string };
    assert.equal(JSON.parse(json.text).id, 23);
    await screen.press('C-z', 'Z', 'Z');
    assert.deepEqual(
      screen.effects.filter(({ kind }) => kind !== 'copy').map(({ kind }) => kind),
      ['suspend', 'quit'],
    );
  });

  it('saves the list of Packets there, all that the filter chooses elsewhere', async () => {
    const screen = await ScreenDriver.on(model);
    await screen.press('2', '2', 'j', 'P');
    await screen.type(':save a.pcap');
    await screen.press('enter', 'C');
    await screen.type(':save a.pcap');
    await screen.press('enter');
    const saves = screen.effects.filter((effect) => effect.kind === 'save');
    assert.deepEqual(
      saves.map(({ query }) => query),
      [{ filter: '', conversation: 23 }, { filter: '' }],
    );
    const query = saves[0]!.query;
    await screen.happen({ kind: 'saved', file: 'f', query, result: { packets: 2, missing: 3 } });
    assert.match(screen.text(), /2 packets of #23 saved in f; 3 no longer kept/);
  });

  it('asks before a file is replaced, and does not ask with !', async () => {
    const screen = await ScreenDriver.on(model, { columns: 40 });
    await screen.type(':save! my  file.pcap');
    await screen.press('enter');
    await screen.type(':w out.pcap');
    await screen.press('enter');
    const [insisting, writing] = screen.effects.filter(({ kind }) => kind === 'save') as Writing[];
    assert.deepEqual([insisting?.file, insisting?.replaces], ['my  file.pcap', true]);
    assert.equal(writing?.replaces, false);
    await screen.happen({ kind: 'exists', writing: writing! });
    assert.match(screen.text(), /Replace out\.pcap\? y \/ n/);
    await screen.press('n');
    assert.equal(screen.effects.length, 2);
    await screen.happen({ kind: 'exists', writing: { ...writing!, file: 'x'.repeat(60) } });
    assert.match(screen.text(), /Replace x+…x+\? y \/ n/);
    await screen.press('y');
    assert.deepEqual(screen.effects[2], { ...writing, file: 'x'.repeat(60), replaces: true });
    await screen.press(':');
    await screen.happen({ kind: 'exists', writing: writing! });
    await screen.press('esc');
    assert.equal(screen.state.overlay, undefined, 'a line being typed is not taken for the answer');
    assert.match(screen.text(), /:save! replaces it|out\.pcap is there/);
  });

  it('lists each packet once with D, and every sighting again', async () => {
    const screen = await ScreenDriver.on(model);
    await screen.press('2', '2', 'j', 'P');
    const record = await model.record(23);
    const all = screen.data.packets!.total;
    await screen.press('j', 'D');
    assert.equal(screen.data.packets!.total, record!.packets.toServer + record!.packets.toClient);
    assert.ok(all > 2 * screen.data.packets!.total, `${all} sightings`);
    assert.match(screen.text(), /of #23 each once/);
    await screen.type(':save x.pcap');
    await screen.press('enter');
    assert.deepEqual(screen.effects.at(-1), {
      kind: 'save',
      file: 'x.pcap',
      query: { filter: '', conversation: 23, once: true },
      replaces: false,
    });
    await screen.type(':sightings once');
    await screen.press('enter');
    assert.equal(screen.state.once, true);
    await screen.press('A');
    assert.ok(screen.data.packets!.total < 1499);
    await screen.press('D');
    assert.equal(screen.data.packets!.total, 1499);
  });

  for (const language of ['en', 'ko'] as const) {
    it(`tells of the capture and of what was said, whole at 40 columns: ${language}`, async () => {
      for (const columns of [40, 120]) {
        const screen = await ScreenDriver.on(model, { columns, rows: 30, language });
        await screen.type(':capinfo');
        await screen.press('enter');
        assert.match(screen.text(), /1,499/);
        assert.match(screen.text(), /213 kB/);
        const box = screen.text().slice(0, screen.text().indexOf('╰'));
        if (columns === 40) assert.doesNotMatch(box.slice(box.indexOf('╭')), /…/);
        await screen.press('esc');
        await screen.type(':nonsens');
        await screen.press('enter');
        await screen.type(':logs');
        await screen.press('enter');
        assert.match(screen.text(), /nonsens/);
        await screen.press('q');
        assert.equal(screen.state.overlay, undefined);
      }
    });
  }

  it('tells that a file ended early, and why, in its language', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'netlens-cut-'));
    const file = path.join(directory, 'cut.pcapng');
    writeFileSync(file, readFileSync('fixtures/calico-ipip/any.pcapng').subarray(0, 3000));
    const cut = await openEngine({ kind: 'files', files: [file] });
    try {
      await cut.settled();
      for (const [language, told, why] of [
        ['en', /1 file ended early/, /byte \d+: block needs \d+ bytes, file ends after \d+/],
        ['ko', /도중에 끝난 파일 1개/, /바이트 \d+: 블록에 \d+바이트가 필요하지만, 파일이/],
      ] as const) {
        const screen = await ScreenDriver.on(cut, { columns: 200, rows: 40, language });
        assert.match(screen.text(), told);
        await screen.type(':capinfo');
        await screen.press('enter');
        assert.match(screen.text().replace(/[\s│]+/g, ' '), why);
      }
    } finally {
      await cut.close();
      rmSync(directory, { recursive: true });
    }
  });

  it('shows the beginning of a failure that is longer than the screen is wide', async () => {
    const screen = await ScreenDriver.on(model, { columns: 40, rows: 10 });
    const failure = { code: 'standard-input-twice' } as const;
    screen.data = { ...screen.data, status: { ...screen.data.status!, failure } };
    assert.match(screen.grid().rowText(9), /^ standard input was.*… {1,2}\? help *$/);
  });

  it('knows what commands of other tools are for', async () => {
    const screen = await ScreenDriver.on(model, { columns: 160 });
    for (const [typed, told] of [
      [':profile', /no profiles/],
      [':convss', /unknown command: convss; did you mean :convs\?/],
      [':xyzzy', /unknown command: xyzzy *$/m],
      [':capinfo!', /unknown command: capinfo!/],
    ] as const) {
      await screen.type(typed);
      await screen.press('enter');
      assert.match(screen.text(), told);
    }
  });

  it('comes back to a mark in other files by opening them', async () => {
    const screen = await ScreenDriver.on(model);
    await screen.press('2', '2', 'j', 'm', 'A', 'm', 'b', 'P', '4', 'j', 'm', 'C');
    const files = screen.data.status!.inputs;
    const [row] = [screen.state.places.packets.selected];
    await screen.happen({ kind: 'loaded', loading: { kind: 'load', files: ['other.pcap'] } });
    assert.deepEqual(Object.keys(screen.state.marks), ['A', 'C'], 'small letters are of a file');
    assert.deepEqual(screen.state.recents, [['other.pcap']]);
    const elsewhere = { ...screen.data.status!, inputs: ['other.pcap'] };
    screen.data = { ...screen.data, status: elsewhere };
    const away = update(screen.state, screen.data, { kind: 'key', key: "'", text: "'" });
    const { effects } = update(away.state, screen.data, { kind: 'key', key: 'C', text: 'C' });
    const [loading] = effects.filter((effect) => effect.kind === 'load');
    assert.deepEqual(loading?.files, files);
    await screen.happen({ kind: 'loaded', loading: loading! });
    assert.equal(screen.state.view, 'packets');
    assert.equal(screen.state.packetsOf, 23);
    assert.equal(screen.state.places.packets.selected, row);
    assert.deepEqual(screen.state.recents, [files, ['other.pcap']]);
  });

  it('finds the marked row again in another order', async () => {
    const screen = await ScreenDriver.on(model);
    await screen.press('2', '2', 'j', 'm', 'a', 'g', 'g');
    await screen.type(':sort bytes');
    await screen.press('enter', "'", 'a');
    assert.match(screen.selectedText(), /^ *23 /);
  });

  it('completes the names of files', async () => {
    const screen = await ScreenDriver.on(model);
    await screen.type(':load any');
    const data = { ...screen.data, paths: { of: 'any', words: ['any.pcapng', 'anywhere/'] } };
    let { state } = screen;
    for (const key of ['tab', 'tab', 'enter']) {
      state = update(state, data, { kind: 'key', key, text: '' }).state;
    }
    assert.equal(state.input?.text, 'load anywhere/', 'a directory goes on');
  });

  it('leaves an unsaved live capture for another only when told so', async () => {
    const screen = await ScreenDriver.on(model);
    const data = { ...screen.data, status: { ...screen.data.status!, live: true } };
    assert.equal(runCommand(screen.state, data, 'load a.pcap').state.overlay?.kind, 'question');
    const { effects } = runCommand(screen.state, data, 'load! a.pcap');
    assert.deepEqual(effects, [{ kind: 'load', files: ['a.pcap'] }]);
  });

  it('has no ! for commands that never ask', async () => {
    const screen = await ScreenDriver.on(model);
    await screen.type(':sort! bytes');
    await screen.press('enter');
    assert.match(screen.text(), /unknown command: sort!/);
  });

  it('asks before a live capture is lost: with q and :quit, until all of it is saved', async () => {
    const screen = await ScreenDriver.on(model);
    const status = { ...screen.data.status!, live: true };
    const key = (state: UiState, text: string) =>
      update(state, { ...screen.data, status }, { kind: 'key', key: text, text });
    const quit = (state: UiState, line: string) => {
      const typed = [...line].reduce((one, letter) => key(one, letter).state, state);
      return line === 'q' ? key(state, 'q') : key(typed, 'enter');
    };
    for (const line of ['q', ':quit', ':q']) {
      const asked = quit(screen.state, line);
      assert.equal(asked.state.overlay?.kind, 'question', line);
      assert.deepEqual(key(asked.state, 'y').effects, [{ kind: 'quit' }]);
      assert.deepEqual(key(asked.state, 'C-c').effects, [{ kind: 'quit' }], 'Ctrl-C insists');
      assert.deepEqual(key(asked.state, 'n').effects, []);
    }
    for (const language of ['en', 'ko'] as const) {
      assert.ok(widthOf(messagesIn(language).quitWhileLive) <= 38, 'whole at 40 columns');
    }
    assert.deepEqual(quit(screen.state, ':q!').effects, [{ kind: 'quit' }]);
    const saved = (query: PacketFilter) => {
      const result = { packets: status.frames, missing: 0 };
      return update(screen.state, screen.data, { kind: 'saved', file: 'f', query, result }).state;
    };
    assert.equal(quit(saved({ filter: 'tcp' }), 'q').state.overlay?.kind, 'question');
    assert.deepEqual(quit(saved({ filter: '' }), 'q').effects, [{ kind: 'quit' }]);
  });

  it('asks nothing before a live capture is left that is written as it comes, unless that failed', async () => {
    const screen = await ScreenDriver.on(model);
    const before = screen.data.status!;
    const live = {
      ...{ seconds: 1, devices: 1, received: 1, ringFull: 0, damaged: 0 },
      ...{ unwritten: 0, unshown: 0 },
    };
    const quitWith = (ledger: Partial<typeof before.ledger>) => {
      const all = { ...before.ledger, live, ...ledger };
      const status = { ...before, live: true, writtenTo: 'f', ledger: all };
      return update(screen.state, { ...screen.data, status }, { kind: 'key', key: 'q', text: 'q' });
    };
    assert.deepEqual(quitWith({}).effects, [{ kind: 'quit' }]);
    const lost = { live: { ...live, unwritten: 3 } };
    for (const ledger of [lost, { damage: ['f: the disk is full'] }]) {
      assert.equal(quitWith(ledger).state.overlay?.kind, 'question');
    }
  });

  it('says where the filter is not applied', async () => {
    for (const columns of [40, 120]) {
      const screen = await ScreenDriver.on(model, { columns, filter: 'tcp and host 172.16.158.1' });
      for (const [key, isOfAll] of [
        ['s', true],
        ['t', true],
        ['P', false],
      ] as const) {
        await screen.press(key);
        assert.equal(/tcp.*not appl/.test(screen.text()), isOfAll, `${columns} ${key}`);
      }
    }
  });

  it('has nothing to wait for beside an empty list', async () => {
    const screen = await ScreenDriver.on(model, { filter: 'tcp.port == 4242', view: 'packets' });
    assert.match(screen.text(), /nothing is chosen by this filter/);
    assert.doesNotMatch(screen.text(), /one moment/);
  });

  it('does not copy a part of what is too long for a terminal', async () => {
    const screen = await ScreenDriver.on(model);
    const [row, ...rows] = screen.data.conversations!.rows;
    const long = { ...row!, protocol: 'x'.repeat(60_000) };
    const data = {
      ...screen.data,
      conversations: { ...screen.data.conversations!, rows: [long, ...rows] },
    };
    const { state, effects } = runCommand(screen.state, data, 'copy json');
    assert.deepEqual(effects, []);
    assert.match(state.message!.text, /not copied: 6\d,\d+ bytes/);
  });

  it('loses no pane where two have no room beside each other', async () => {
    const screen = await ScreenDriver.on(model, { columns: 80, rows: 24 });
    await screen.press('|');
    assert.equal(screen.state.layout, 'alone');
    await screen.press('|');
    assert.match(screen.text(), /── Journey #1/);
    await screen.happen({ kind: 'resize', columns: 120, rows: 40 });
    await screen.press('|');
    assert.equal(screen.state.layout, 'beside');
    await screen.happen({ kind: 'resize', columns: 80, rows: 24 });
    assert.match(screen.text(), /── Journey #1/);
    await screen.press('|');
    assert.equal(screen.state.layout, 'alone');
  });

  for (const language of ['en', 'ko'] as const) {
    it(`cuts no figure of Statistics at 40 columns: ${language}`, async () => {
      const screen = await ScreenDriver.on(model, { columns: 40, rows: 10, language });
      const { status, statistics } = { ...screen.data, statistics: await model.statistics() };
      const large = { conversations: 1e6, packets: 1e9, bytes: 123e9 };
      const labels = { ...statistics.labels, external: large };
      for (const one of [statistics, { ...statistics, labels }]) {
        for (const { spans } of statisticsLines(one, status, 40, messagesIn(language))) {
          const text = spans.map((span) => span.text).join('');
          assert.ok(widthOf(text) <= 40, text);
          assert.ok(!text.endsWith('…'), text);
        }
      }
    });
  }

  it('toggles names, headers, columns, layouts, language and theme', async () => {
    const screen = await ScreenDriver.on(model, { columns: 160 });
    await screen.press('i', 'i');
    assert.ok(!screen.text().includes('default/pod1'));
    await screen.type(':lang ko');
    await screen.press('enter');
    assert.match(screen.text(), /대화 56 \/ 56/);
    await screen.type(':theme light');
    await screen.press('enter');
    assert.equal(screen.state.theme, 'light');
    await screen.press('v', 'enter');
    assert.deepEqual(screen.state.hiddenColumns, ['label']);
    await screen.press('esc', '|');
    assert.equal(screen.state.layout, 'beside');
  });

  it('shows packets by name, and their outer ends by node', async () => {
    const screen = await ScreenDriver.on(model);
    await screen.press('2', '2', 'j', 'P', 'i');
    assert.match(screen.text(), /default\/pod1:41317 > default\/web-0:9000/);
    await screen.press('O');
    assert.match(screen.text(), /ipip +k8s-w1 > k8s-w0/);
    await screen.press('i');
    assert.match(screen.text(), /ipip +192\.168\.10\.101 > 192\.168\.20\.100/);
  });

  it('takes clicks on views, rows, fields and bytes, and the wheel', async () => {
    const screen = await ScreenDriver.on(model);
    const press = (row: number, column: number) =>
      screen.happen({ kind: 'mouse', action: 'press', row, column });
    await press(2, screen.grid().rowText(2).indexOf('BYTES'));
    assert.equal(screen.state.sort, 'bytes');
    await screen.type(':sort start');
    await screen.press('enter', 'g', 'g');
    await press(10, 30);
    assert.match(screen.selectedText(), /^ *8 /);
    await press(10, 30);
    assert.equal(screen.state.view, 'journey');
    await press(0, 20);
    assert.equal(screen.state.view, 'packets');
    await screen.happen({ kind: 'mouse', action: 'wheel-down', row: 5, column: 5 });
    assert.equal(screen.state.places.packets.selected, 3);
    await press(26, 60);
    assert.equal(screen.state.focus, 'bytes');
    assert.notEqual(screen.state.byte, undefined);
  });

  it('says what it does not know instead of doing something', async () => {
    const screen = await ScreenDriver.on(model);
    await screen.type(':frobnicate');
    await screen.press('enter');
    assert.match(screen.state.message!.text, /unknown command: frobnicate/);
    await screen.type(':sort nothing');
    await screen.press('enter');
    assert.ok(screen.state.message?.isError);
  });
});
