// SPDX-License-Identifier: Apache-2.0
// What we write for other programs, held against the schemas of those formats: the documents of a real run, and those
// of made-up verdicts with hostile texts. Beyond the schemas it is asked that nothing without evidence reads as a pass,
// and that the same input gives the same bytes. A new format is a row of `formats`; where the
// files come from is in makeSources().
// usage: check_formats.mjs RENDER_REPORTS HALLMARK SOURCE-DIR
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import Ajv07 from 'ajv';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const [render, hallmark, source] = process.argv.slice(2).map(p => path.resolve(p));
const here = path.dirname(new URL(import.meta.url).pathname);
const require = createRequire(import.meta.url);
const work = fs.mkdtempSync(path.join(process.env.TMPDIR || os.tmpdir(), 'hallmark-formats-'));
const at = (...p) => path.join(work, ...p);
const readJson = p => JSON.parse(fs.readFileSync(p, 'utf8'));
let n = 0, failed = 0;

function tell(name, wrong) {
    failed += wrong.length > 0;
    console.log(`${wrong.length ? 'not ok' : 'ok'} ${++n} - ${name}`);
    for (const line of wrong.slice(0, 20)) console.log(`# ${line.replace(/\s+/g, ' ').slice(0, 400)}`);
}

function skip(name, why) {
    console.log(`ok ${++n} - ${name} # SKIP ${why}`);
}

// A JSON Schema as a check: file -> what is wrong with it.
function schema(file) {
    const text = readJson(file);
    const Ajv = /2020-12/.test(text.$schema) ? Ajv2020 : Ajv07;
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats(ajv);
    const valid = ajv.compile(text);
    return f => valid(readJson(f)) ? [] : valid.errors.map(e => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
}

// CycloneDX's schema refers to two others by name, and to formats that ajv does not have.
function cyclonedx() {
    const folder = path.join(here, 'node_modules/@cyclonedx/cyclonedx-library/res/schema');
    const file = name => readJson(path.join(folder, `${name}.SNAPSHOT.schema.json`));
    if (!fs.existsSync(folder)) return null;
    const ajv = new Ajv07({ strict: false, allErrors: true });
    addFormats(ajv);
    ajv.addFormat('iri-reference', text => !/[\s<>"{}|\\^`]/.test(text));
    ajv.addFormat('idn-email', /^[^\s@]+@[^\s@]+$/);
    for (const name of ['spdx', 'jsf-0.82']) ajv.addSchema({ ...file(name), $id: `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json` });
    const valid = ajv.compile(file('bom-1.6'));
    return f => valid(readJson(f)) ? [] : valid.errors.map(e => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
}

function npmFile(name) {
    try {
        return require.resolve(name);
    } catch {
        return null;
    }
}

// The validator of SARIF's editors: errors of its own rules beyond the schema. Its warnings are advice.
function sarifMultitool() {
    const program = npmFile('@microsoft/sarif-multitool-linux/Sarif.Multitool');
    if (!program || process.arch !== 'x64') return null;
    fs.chmodSync(program, 0o755);
    return f => {
        const run = spawnSync(program, ['validate', f, '--level', 'Error', '--kind', 'Fail'], {
            encoding: 'utf8', cwd: work, env: { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1', DOTNET_BUNDLE_EXTRACT_BASE_DIR: at('net') } });
        const said = (run.stdout || '') + (run.stderr || '');
        if (!/Analysis completed successfully/.test(said)) return [`the validator did not finish: ${run.error || said}`];
        return said.split('\n').filter(line => /: error /.test(line));
    };
}

function xsd(file) {
    return f => {
        const run = spawnSync('xmllint', ['--noout', '--nonet', '--schema', file, f], { encoding: 'utf8' });
        return run.status === 0 ? [] : (run.stderr || String(run.error)).trim().split('\n');
    };
}

// Elements that came after xmllint's list are no errors.
function html(f) {
    const run = spawnSync('xmllint', ['--noout', '--nonet', '--html', f], { encoding: 'utf8' });
    return run.stderr.split('\n').filter(line => /error/.test(line) && !/Tag (header|main|footer|nav|section|article|details|summary) invalid/.test(line));
}

// What a schema cannot say.

function reportMeaning(f, verdicts) {
    const r = readJson(f), wrong = [];
    const count = (list, result) => list.filter(x => x.result === result).length;
    for (const [key, list] of [['counts', r.provisions], ['mandatory_counts', r.provisions.filter(x => x.mandatory)]])
        for (const [result, number] of Object.entries(r[key]))
            if (number !== count(list, result)) wrong.push(`${key}.${result} is ${number}, ${count(list, result)} are listed`);
    const steps = r.next_steps.flatMap(s => s.provisions), todo = r.provisions.filter(x => /^(fail|inconclusive|not-judged)$/.test(x.result));
    if (steps.length !== todo.length || todo.some(x => !steps.includes(x.provision))) wrong.push('next_steps and open provisions differ');
    if (r.outcome === 'pass' && (!r.mandatory_counts.pass || todo.some(x => x.mandatory))) wrong.push('outcome pass without evidence');
    for (const x of verdicts?.verdicts ?? [])
        if (r.provisions.find(p => p.provision === x.provision)?.result !== x.result) wrong.push(`${x.provision} is ${x.result} in verdicts.json`);
    return wrong;
}

function sarifMeaning(f, verdicts) {
    const run = readJson(f).runs[0], wrong = [];
    for (const r of run.results) {
        if (run.tool.driver.rules[r.ruleIndex]?.id !== r.ruleId) wrong.push(`ruleIndex ${r.ruleIndex} is not ${r.ruleId}`);
        if ((r.kind === 'fail') !== /^(error|warning)$/.test(r.level)) wrong.push(`${r.ruleId}: kind ${r.kind} with level ${r.level}`);
        if (!/^(fail|open|review)$/.test(r.kind)) wrong.push(`${r.ruleId}: kind ${r.kind}`);
        if (/(^|[^\\])(\\\\)*[[\]]/.test(r.message.text)) wrong.push(`${r.ruleId}: a bracket that could begin a link`);
    }
    for (const x of verdicts?.verdicts ?? [])
        for (const c of x.cases)
            if (!/^(pass|not-applicable)$/.test(c.result) && !run.results.some(r => r.partialFingerprints['testCase/v1'] === c.id)) wrong.push(`${c.id} is missing`);
    return wrong;
}

function oscalMeaning(f, verdicts) {
    const text = fs.readFileSync(f, 'utf8'), doc = JSON.parse(text)['assessment-results'], result = doc.results[0], wrong = [];
    const ids = [...text.matchAll(/"uuid": "([^"]+)"/g)].map(m => m[1]), known = new Set(ids);
    if (known.size !== ids.length) wrong.push('an identifier twice');
    for (const m of text.matchAll(/"(?:[a-z]+-uuid|href)": "#?([0-9a-f-]{36})"/g)) if (!known.has(m[1])) wrong.push(`${m[0]} points nowhere`);
    for (const x of result.findings ?? []) {
        const said = x.props.find(p => p.name === 'result').value, status = x.target.status;
        if ((said === 'pass') !== (status.state === 'satisfied')) wrong.push(`${x.target['target-id']}: ${said} is ${status.state}`);
    }
    for (const x of verdicts?.verdicts ?? []) {
        const found = result.findings.some(y => y.target['target-id'] === `en303645-${x.provision}`);
        if (found === (x.result === 'not-applicable')) wrong.push(`${x.provision} (${x.result}) has ${found ? 'a' : 'no'} finding`);
    }
    return wrong;
}

function junitMeaning(f, verdicts) {
    const text = fs.readFileSync(f, 'utf8'), wrong = [];
    const number = (tag, name) => Number(new RegExp(` ${name}="(\\d+)"`).exec(tag)[1]);
    const all = /<testsuites [^>]*>/.exec(text)[0], suites = text.match(/<testsuite [^>]*>/g);
    const real = { tests: /<testcase /g, failures: /<failure /g, errors: /<error /g, skipped: /<skipped /g };
    for (const [name, pattern] of Object.entries(real)) {
        const seen = (text.match(pattern) ?? []).length, sum = suites.reduce((a, s) => a + number(s, name), 0);
        if (number(all, name) !== seen || sum !== seen) wrong.push(`${name}: ${seen} seen, ${number(all, name)} and ${sum} announced`);
    }
    if (!verdicts) return wrong;
    const plain = text.split('<testcase ').slice(1).filter(t => !/<(failure|error|skipped) /.test(t)).length;
    const passed = verdicts.verdicts.flatMap(x => x.cases).filter(c => c.result === 'pass').length;
    if (plain !== passed) wrong.push(`${plain} cases look passed, ${passed} are`);
    return wrong;
}

function sbomMeaning(f) {
    const doc = readJson(f), refs = [doc.metadata.component, ...doc.components].map(c => c['bom-ref']), wrong = [];
    if (new Set(refs).size !== refs.length) wrong.push('a bom-ref twice');
    for (const d of doc.dependencies) for (const r of [d.ref, ...d.dependsOn ?? []]) if (!refs.includes(r)) wrong.push(`${r} points nowhere`);
    return wrong;
}

const edit = change => t => { const doc = JSON.parse(t); change(doc); return JSON.stringify(doc); };

// One row for each file and what it is held against. `check` null: not at hand on this machine. `bad` spoils a good file
// in ways that the check must see, one at a time. `meaning`: what a schema cannot say. Every source that has the file is checked.
const sarifSchema = npmFile('@microsoft/sarif-multitool-linux/sarif-2.1.0.json');
const officialOscal = process.env.HALLMARK_OSCAL_SCHEMA;
const badOscal = t => t.replace('"state": "satisfied"', '"state": "fine"');
const formats = [
    { file: 'report.json', against: 'data/report.schema.json', check: schema(path.join(source, 'data/report.schema.json')),
        bad: t => t.replace('"v": 2', '"v": 3'), meaning: reportMeaning },
    { file: 'report.sarif', against: 'the official SARIF 2.1.0 schema', check: sarifSchema && schema(sarifSchema),
        bad: t => t.replace('"kind": "review"', '"kind": "passed"'), meaning: sarifMeaning },
    { file: 'report.sarif', against: 'the SARIF multitool', check: sarifMultitool(),
        bad: t => t.replace(/"ruleIndex": \d+/, '"ruleIndex": 9999') },
    { file: 'report.oscal.json', against: 'our checker after the OSCAL 1.1.3 model', check: schema(path.join(here, 'oscal-results.schema.json')),
        bad: badOscal, meaning: oscalMeaning },
    { file: 'report.oscal.json', against: 'the official OSCAL schema (HALLMARK_OSCAL_SCHEMA)', check: officialOscal && schema(officialOscal), bad: badOscal },
    { file: 'report.junit.xml', against: 'junit.xsd', check: xsd(path.join(here, 'junit.xsd')),
        bad: t => t.replace('<skipped message=', '<skipped because='), meaning: junitMeaning },
    { file: 'sbom.cdx.json', against: 'the official CycloneDX 1.6 schema', check: cyclonedx(), meaning: sbomMeaning, bad: [
        edit(d => { d.components[0].type = 'gadget'; }), edit(d => { d.serialNumber = 'urn:uuid:1'; }),
        edit(d => { delete d.components[0].name; }), edit(d => { d.components[0].colour = 'red'; }),
        edit(d => { d.components[0].licenses = ['MIT']; }), edit(d => { d.components[0].hashes = [{ alg: 'SHA-256', content: 'ab' }]; })] },
    { file: 'report.html', against: 'xmllint --html', check: html, bad: t => t.replace('</nav>', '</nav></b></i>') },
];

function makeSources() {
    const declaration = path.join(source, 'examples/camera/product.yaml');
    // The example, and the same with a part whose name is hard to write and that says all it can.
    const yaml = fs.readFileSync(declaration, 'utf8');
    const full = yaml.replace('name: BusyBox\n', `name: 'Busy "Box" \\ \u00e4'\n    sha256: ${'ab'.repeat(32)}\n`).replace('    supplier: busybox.net\n', '')
        .replace('    type: application\n', '');
    if (!full.includes('sha256: abab')) throw new Error('the example has changed: nothing to add a hash to');
    fs.writeFileSync(at('full.yaml'), full);
    for (const [out, file] of [['compiled', declaration], ['compiled-full', at('full.yaml')]])
        execFileSync(hallmark, ['compile', file, '--out', at(out), '--date', '2026-10-01'], { stdio: ['ignore', 'ignore', 'inherit'] });
    const assess = (...more) => spawnSync(hallmark, ['assess', '--declaration', declaration, '--out', 'real', ...more], { cwd: work, encoding: 'utf8' });
    const run = assess('--target', '127.0.0.1', '--only', 'declaration');
    if (run.status !== 0 && run.status !== 1) throw new Error(`hallmark assess: ${run.stderr}`);
    fs.mkdirSync(at('made-up'));
    execFileSync(render, [at('made-up')], { stdio: ['ignore', 'ignore', 'inherit'] });
    return ['real', 'compiled', 'compiled-full', ...fs.readdirSync(at('made-up')).map(d => `made-up/${d}`)];
}

// Each check must see a document that is wrong, or it proves nothing.
function checkBad(row, dir) {
    const good = fs.readFileSync(at(dir, row.file), 'utf8'), file = at(`bad-${row.file}`), wrong = [];
    for (const spoil of [row.bad].flat()) {
        const text = spoil(good);
        fs.writeFileSync(file, text);
        if (text === good || !row.check(file).length) wrong.push(`nothing was found wrong after ${spoil}`);
    }
    tell(`${row.file}: ${row.against} sees a bad one`, wrong);
}

function checkRow(row, sources) {
    const dirs = sources.filter(dir => fs.existsSync(at(dir, row.file)));
    if (!row.check) return skip(`${row.file}: ${row.against}`, 'not at hand here');
    if (!dirs.length) return tell(`${row.file}: ${row.against}`, ['nothing writes such a file']);
    checkBad(row, dirs[0]);
    for (const dir of dirs) {
        const verdicts = fs.existsSync(at(dir, 'verdicts.json')) ? readJson(at(dir, 'verdicts.json')) : null;
        let wrong = row.check(at(dir, row.file));
        if (!wrong.length && row.meaning) wrong = row.meaning(at(dir, row.file), verdicts);
        tell(`${dir}/${row.file}: ${row.against}`, wrong);
    }
}

function checkSame() {
    const files = fs.readdirSync(at('real')).filter(f => f.startsWith('report.')), before = files.map(f => fs.readFileSync(at('real', f), 'utf8'));
    const again = spawnSync(hallmark, ['assess', '--declaration', path.join(source, 'examples/camera/product.yaml'), '--judge-only', '--out', 'real'], { cwd: work });
    const wrong = again.status === 0 || again.status === 1 ? [] : ['judging again failed'];
    files.forEach((f, i) => { if (fs.readFileSync(at('real', f), 'utf8') !== before[i]) wrong.push(`${f} differs`); });
    tell('real: the same facts give the same bytes', wrong);
}

try {
    const sources = makeSources();
    for (const row of formats) checkRow(row, sources);
    checkSame();
} catch (e) {
    tell('the documents can be made', [String(e.stack || e)]);
} finally {
    if (process.env.KEEP) console.log(`# kept ${work}`);
    else fs.rmSync(work, { recursive: true, force: true });
}
console.log(`1..${n}`);
process.exit(failed ? 1 : 0);
