// SPDX-License-Identifier: Apache-2.0
// The SBOM that `hallmark compile` writes, against the official CycloneDX 1.6 schema, which comes from npm.
// usage: check_sbom.mjs HALLMARK PRODUCT.YAML        (TAP on standard output)
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';

const [hallmark, example] = process.argv.slice(2).map(p => path.resolve(p));
const here = path.dirname(new URL(import.meta.url).pathname);
const schemas = path.join(here, 'node_modules/@cyclonedx/cyclonedx-library/res/schema');
const work = fs.mkdtempSync(path.join(process.env.TMPDIR || os.tmpdir(), 'hallmark-sbom-'));
const readJson = p => JSON.parse(fs.readFileSync(p, 'utf8'));
let n = 0, failed = 0;

function tell(name, wrong) {
    failed += wrong.length > 0;
    console.log(`${wrong.length ? 'not ok' : 'ok'} ${++n} - ${name}`);
    for (const line of wrong.slice(0, 20)) console.log(`# ${line}`);
}

// document -> what is wrong with it
function cyclonedx() {
    const ajv = new Ajv({ strict: false, allErrors: true });
    const file = name => readJson(path.join(schemas, `${name}.SNAPSHOT.schema.json`));
    addFormats(ajv);
    ajv.addFormat('iri-reference', text => !/[\s<>"{}|\\^`]/.test(text));
    ajv.addFormat('idn-email', /^[^\s@]+@[^\s@]+$/);
    for (const name of ['spdx', 'jsf-0.82']) // the name by which the main schema refers to them
        ajv.addSchema({ ...file(name), $id: `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json` });
    const valid = ajv.compile(file('bom-1.6'));
    return doc => valid(doc) ? [] : valid.errors.map(e => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
}

function sbomOf(name, yaml) {
    const file = path.join(work, `${name}.yaml`), out = path.join(work, name);
    fs.writeFileSync(file, yaml);
    execFileSync(hallmark, ['compile', file, '--out', out, '--date', '2026-10-01'], { stdio: ['ignore', 'ignore', 'inherit'] });
    return readJson(path.join(out, 'sbom.cdx.json'));
}

function meaning(doc) {
    const refs = [doc.metadata.component, ...doc.components].map(c => c['bom-ref']), wrong = [];
    if (new Set(refs).size !== refs.length) wrong.push('a bom-ref twice');
    for (const d of doc.dependencies) for (const r of [d.ref, ...d.dependsOn ?? []]) if (!refs.includes(r)) wrong.push(`${r} points nowhere`);
    return wrong;
}

const spoil = {
    'a type that does not exist': d => { d.components[0].type = 'gadget'; },
    'a serial number of another form': d => { d.serialNumber = 'urn:uuid:1'; },
    'a part without a name': d => { delete d.components[0].name; },
    'an unknown key': d => { d.components[0].colour = 'red'; },
    'a licence as a text': d => { d.components[0].licenses = ['MIT']; },
    'a hash of another length': d => { d.components[0].hashes = [{ alg: 'SHA-256', content: 'ab' }]; },
};

try {
    const check = cyclonedx(), yaml = fs.readFileSync(example, 'utf8'), good = sbomOf('example', yaml);
    const full = yaml.replace('name: BusyBox\n', `name: 'Busy "Box" \\ \u00e4'\n    sha256: ${'ab'.repeat(32)}\n`).replace('    supplier: busybox.net\n', '')
        .replace('    type: application\n', '');
    if (!full.includes('sha256: abab')) throw new Error('the example has changed: nothing to add a hash to');
    for (const [name, doc] of Object.entries({ example: good, full: sbomOf('full', full) })) tell(`SBOM, ${name}: valid`, [...check(doc), ...meaning(doc)]);
    for (const [name, change] of Object.entries(spoil)) {
        const bad = structuredClone(good);
        change(bad);
        tell(`SBOM: the schema sees ${name}`, check(bad).length ? [] : ['nothing was found wrong']);
    }
} catch (e) {
    tell('the SBOM can be made', [String(e.stack || e).replace(/\s+/g, ' ')]);
} finally {
    fs.rmSync(work, { recursive: true, force: true });
}
console.log(`1..${n}`);
process.exit(failed ? 1 : 0);
