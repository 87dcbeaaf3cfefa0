// SPDX-License-Identifier: Apache-2.0
// Two implementations of TUF that know nothing of each other: tuf-js reads the repository that `hallmark release` makes,
// `hallmark tuf` reads repositories made with @tufjs/models, and both must give the same answer to every question about
// the same repository. What one refuses alone is a failure of this test, whoever is right.
// usage: check_tuf.mjs HALLMARK PRODUCT.YAML
import { canonicalize } from '@tufjs/canonical-json';
import * as tuf from '@tufjs/models';
import { execFileSync, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { Updater } from 'tuf-js';

const [hallmark, productYaml] = process.argv.slice(2).map(p => path.resolve(p));
const work = fs.mkdtempSync(path.join(process.env.TMPDIR || os.tmpdir(), 'hallmark-tuf-'));
const sha256 = data => crypto.createHash('sha256').update(data).digest('hex');
const DAY = 86400000;
let n = 0, failed = 0, folders = 0;

function tell(name, wrong) {
    failed += wrong.length > 0;
    console.log(`${wrong.length ? 'not ok' : 'ok'} ${++n} - ${name}`);
    for (const line of wrong.slice(0, 20)) console.log(`# ${line.replace(/\s+/g, ' ').slice(0, 400)}`);
}

function folder() {
    const dir = path.join(work, String(++folders));
    fs.mkdirSync(dir);
    return dir;
}

// ---- a server for a Map of paths, or for a folder ----

async function serve(files) {
    const asked = [];
    const server = http.createServer((request, response) => {
        asked.push(request.url);
        let body = null;
        if (files instanceof Map) body = files.get(request.url) ?? null;
        else if (!request.url.includes('..') && fs.existsSync(files + request.url)) body = fs.readFileSync(files + request.url);
        response.writeHead(body === null ? 404 : 200).end(body ?? '');
    });
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${server.address().port}`, asked, stop: () => server.close() };
}

// ---- the two clients: name -> its content, or null; anything else that goes wrong is null too ----

function ours(base, root) {
    const dir = folder();
    const metadata = path.join(dir, 'metadata'), targets = path.join(dir, 'targets'), first = path.join(dir, 'root');
    const run = words => new Promise(resolve => {
        const child = spawn(hallmark, ['tuf', '--metadata-dir', metadata, ...words]);
        let said = '';
        child.stdout.on('data', d => said += d);
        child.stderr.on('data', d => said += d);
        child.on('close', status => resolve({ status, said }));
    });
    fs.writeFileSync(first, root);
    return async name => {
        if (!fs.existsSync(metadata) && (await run(['init', first])).status !== 0) return null;
        const { status, said } = await run(['--metadata-url', `${base}/metadata`, '--target-base-url', `${base}/targets`,
            '--target-dir', targets, '--target-name', name, 'download']);
        if (status === 0) return fs.readFileSync(path.join(targets, encodeURIComponent(name)));
        if (status !== 1) throw new Error(`exit status ${status}: ${said}`);
        return null;
    };
}

function theirs(base, root) {
    const dir = folder();
    const metadata = path.join(dir, 'metadata'), targets = path.join(dir, 'targets');
    fs.mkdirSync(metadata);
    fs.mkdirSync(targets);
    fs.writeFileSync(path.join(metadata, 'root.json'), root);
    return async name => {
        try {
            const updater = new Updater({ metadataDir: metadata, metadataBaseUrl: `${base}/metadata`, targetDir: targets,
                targetBaseUrl: `${base}/targets`, config: { fetchRetries: 0, fetchRetry: { retries: 0 } } });
            const info = await updater.getTargetInfo(name);
            return info ? fs.readFileSync(await updater.downloadTarget(info)) : null;
        } catch {
            return null;
        }
    };
}

// ---- a repository made with @tufjs/models ----

const kinds = {
    ed25519: () => crypto.generateKeyPairSync('ed25519'),
    ecdsa: () => crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    rsa: () => crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }),
};
const schemes = { ed25519: 'ed25519', ecdsa: 'ecdsa-sha2-nistp256', rsa: 'rsassa-pss-sha256' };

class Holder {
    constructor(kind = 'ed25519', extra = {}) {
        const { publicKey, privateKey } = kinds[kind]();
        const pem = publicKey.export({ format: 'pem', type: 'spki' });
        const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
        const json = { keytype: kind, scheme: schemes[kind], keyval: { public: kind === 'ed25519' ? raw : pem }, ...extra };
        const saltLength = crypto.constants.RSA_PSS_SALTLEN_MAX_SIGN; // as go-tuf signs; ours has 32 in the C tests
        this.key = tuf.Key.fromJSON(sha256(canonicalize(json)), json);
        this.sign = data => new tuf.Signature({ keyID: this.key.keyID, sig: crypto.sign(kind === 'ed25519' ? null : 'sha256',
            data, kind === 'rsa' ? { key: privateKey, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength } : privateKey)
            .toString('hex') });
    }
}

const when = ms => new Date(Date.now() + ms).toISOString().replace(/\.\d+Z/, 'Z');

// roles: { NAME: { targets: { PATH: CONTENT }, delegates: [{ name, paths | path_hash_prefixes, terminating, keys, threshold }],
//          signers: [Holder], expires } }; "targets" is the top. Returns the server's files and the root.
function publish(roles, { consistent = true, unlisted = [] } = {}) {
    const files = new Map(), top = { root: [new Holder('ecdsa', { 'x-note': { a: [1, null, true] } }), new Holder('rsa')],
        timestamp: [new Holder()], snapshot: [new Holder('ecdsa')], targets: [new Holder('rsa')] };
    const version = (role, v) => `/metadata/${consistent && role !== 'timestamp' ? `${v}.` : ''}${encodeURIComponent(role)}.json`;
    const put = (name, metadata, signers) => {
        for (const s of signers) metadata.sign(s.sign, true);
        files.set(name, Buffer.from(JSON.stringify(metadata.toJSON())));
    };
    const root = new tuf.Root({ version: 1, specVersion: '1.0.34', expires: when(DAY), consistentSnapshot: consistent,
        unrecognizedFields: { 'x-kept': 'as it is' } });
    for (const [role, holders] of Object.entries(top)) for (const h of holders) root.addKey(h.key, role);
    root.roles.root.threshold = 2;
    put('/metadata/1.root.json', new tuf.Metadata(root), top.root);
    const snapshot = new tuf.Snapshot({ version: 1, specVersion: '1.0.34', expires: when(DAY), meta: {} });
    for (const [name, role] of Object.entries(roles)) {
        const keys = {}, delegated = [];
        for (const { keys: holders, threshold = 1, terminating = false, ...rest } of role.delegates ?? []) {
            for (const h of holders) keys[h.key.keyID] = h.key.toJSON();
            delegated.push({ ...rest, threshold, terminating, keyids: holders.map(h => h.key.keyID) });
        }
        const body = tuf.Targets.fromJSON({ _type: 'targets', version: 1, spec_version: '1.0.34', expires: role.expires ?? when(DAY), targets: {},
            ...(role.delegates && { delegations: { keys, roles: delegated } }) });
        for (const [target, content] of Object.entries(role.targets ?? {})) {
            const hash = sha256(content), slash = target.lastIndexOf('/') + 1;
            body.addTarget(new tuf.TargetFile({ path: target, length: Buffer.byteLength(content), hashes: { sha256: hash } }));
            const url = consistent ? `${target.slice(0, slash)}${hash}.${target.slice(slash)}` : target;
            if (!files.has(`/targets/${url}`)) files.set(`/targets/${url}`, Buffer.from(content)); // the first one to list it
        }
        put(version(name, 1), new tuf.Metadata(body), name === 'targets' ? top.targets : role.signers);
        const bytes = files.get(version(name, 1));
        if (!unlisted.includes(name))
            snapshot.meta[`${name}.json`] = new tuf.MetaFile({ version: 1, length: bytes.length, hashes: { sha256: sha256(bytes) } });
    }
    put(version('snapshot', 1), new tuf.Metadata(snapshot), top.snapshot);
    const timestamp = new tuf.Timestamp({ version: 1, specVersion: '1.0.34', expires: when(DAY),
        snapshotMeta: new tuf.MetaFile({ version: 1 }) });
    put(version('timestamp'), new tuf.Metadata(timestamp), top.timestamp);
    return { files, root: files.get('/metadata/1.root.json') };
}

// Both are asked for every name, each client in one folder for all of them, so that kept copies play their part.
async function compare(title, repository, expected) {
    const server = await serve(repository.files), wrong = [];
    const clients = { hallmark: ours(server.url, repository.root), 'tuf-js': theirs(server.url, repository.root) };
    for (const [who, ask] of Object.entries(clients)) {
        for (const [name, content] of Object.entries(expected)) {
            const got = await ask(name);
            if ((got === null ? null : String(got)) !== content)
                wrong.push(`${who}: ${name}: ${got === null ? 'none' : `"${got}"`}, expected ${content === null ? 'none' : `"${content}"`}`);
        }
    }
    server.stop();
    tell(title, wrong);
}

// ---- what is compared ----

const a = new Holder('ed25519'), b = new Holder('ecdsa'), c = new Holder('rsa'), d = new Holder('ed25519', { 'x-owner': '@d' });

function suppliers() {
    return {
        targets: { targets: { 'cam.img': 'image' }, delegates: [
            { name: 'radio', paths: ['radio/*.img', 'foo-?.bin', 'set[ab].bin'], keys: [a, b], threshold: 2 },
            { name: 'last word', paths: ['closed/*'], keys: [c], terminating: true },
            { name: 'rest', paths: ['*', '*/*'], keys: [d] }] },
        radio: { signers: [a, b], targets: { 'radio/r.img': 'radio', 'foo-1.bin': 'one', 'foo-12.bin': 'not theirs', 'seta.bin': 'set',
            'radio/deep/r.img': 'not theirs', 'cam.img': 'not theirs' }, delegates: [{ name: 'inner', paths: ['radio/*'], keys: [d] }] },
        'last word': { signers: [c], targets: { 'closed/a': 'closed', 'radio/r2.img': 'not theirs' } },
        inner: { signers: [d], targets: { 'radio/inner.img': 'inner', 'radio/inner.txt': 'not on the whole way' } },
        rest: { signers: [d], targets: { 'closed/b': 'ended before', 'radio/r.img': 'too late', 'other/x': 'rest', top: 'rest',
            'three/parts/deep': 'too deep', 'cam.img': 'too late' } },
    };
}

const answers = { 'cam.img': 'image', 'radio/r.img': 'radio', 'foo-1.bin': 'one', 'foo-12.bin': null, 'seta.bin': 'set', 'setc.bin': null,
    'radio/deep/r.img': null, 'radio/inner.img': 'inner', 'radio/inner.txt': null, 'closed/a': 'closed', 'closed/b': null,
    'other/x': 'rest', top: 'rest', 'three/parts/deep': null, 'radio/r2.img': null, none: null };

await compare('delegations: patterns, thresholds, nesting, terminating', publish(suppliers()), answers);
await compare('the same without consistent snapshots', publish(suppliers(), { consistent: false }), answers);

{
    const bins = {}, delegates = [], expected = {};
    for (let i = 0; i < 16; i++) {
        const digit = i.toString(16);
        bins[`bin-${digit}`] = { signers: [a], targets: {} };
        delegates.push({ name: `bin-${digit}`, path_hash_prefixes: [digit], keys: [a], terminating: true });
    }
    for (let i = 0; i < 24; i++) {
        const name = `files/file-${i}`, bin = bins[`bin-${sha256(name)[0]}`], wrong = bins[`bin-${sha256(`x${name}`)[0]}`];
        if (i % 3 || wrong === bin) bin.targets[name] = expected[name] = `content ${i}`;
        else wrong.targets[name] = `in the wrong bin ${i}`, expected[name] = null;
    }
    await compare('hash bins', publish({ targets: { delegates }, ...bins }), expected);
}

{
    const roles = suppliers();
    roles.radio.signers = [a]; // one of two
    await compare('a supplier below its threshold', publish(roles), { 'cam.img': 'image', 'radio/r.img': null, 'closed/a': 'closed' });
}
{
    const roles = suppliers();
    roles.radio.signers = [a, c]; // two, one of them nobody's
    await compare('a supplier with a stranger\'s signature', publish(roles), { 'radio/r.img': null, 'radio/inner.img': null, top: 'rest' });
}
{
    const roles = suppliers();
    roles.radio.expires = when(-DAY);
    await compare('an expired supplier', publish(roles), { 'cam.img': 'image', 'radio/r.img': null, 'other/x': 'rest' });
}
await compare('a supplier that the snapshot does not list', publish(suppliers(), { unlisted: ['radio'] }),
    { 'cam.img': 'image', 'radio/r.img': null, 'other/x': 'rest' });
{
    const repository = publish(suppliers());
    const file = [...repository.files.keys()].find(k => k.endsWith('radio.json'));
    repository.files.set(file, Buffer.concat([repository.files.get(file), Buffer.from(' ')]));
    await compare('a supplier\'s file of other bytes', repository, { 'cam.img': 'image', 'radio/r.img': null, 'other/x': 'rest' });
}
{
    const cycle = { targets: { delegates: [{ name: 'x', paths: ['*'], keys: [a] }] },
        x: { signers: [a], delegates: [{ name: 'y', paths: ['*'], keys: [b] }] },
        y: { signers: [b], targets: { end: 'end' }, delegates: [{ name: 'x', paths: ['*'], keys: [a] }, { name: 'y', paths: ['*'], keys: [b] }] } };
    await compare('a cycle', publish(cycle), { end: 'end', none: null });
}
{
    const odd = { targets: { delegates: ['../up', 'a b', '?#', 'größe'].map((name, i) => ({ name, paths: [`${i}/*`], keys: [a] })) } };
    odd.targets.delegates.forEach((delegate, i) => odd[delegate.name] = { signers: [a], targets: { [`${i}/x`]: `by ${i}` } });
    await compare('unusual names of roles', publish(odd), { '0/x': 'by 0', '1/x': 'by 1', '2/x': 'by 2', '3/x': 'by 3' });
}

// ---- a repository that `hallmark release` made ----

{
    const dir = folder(), in_ = p => path.join(dir, p), image = crypto.randomBytes(70000);
    const call = (...words) => execFileSync(hallmark, words, { cwd: dir, stdio: 'pipe' });
    const protectedFiles = /^protected:\n((?: {2}- .*\n)+)/m.exec(fs.readFileSync(productYaml, 'utf8'))[1].trim().split('\n')
        .map(line => line.trim().slice(2).replace('**', 'hosts'));
    for (const f of protectedFiles) {
        fs.mkdirSync(path.dirname(in_(`tree/${f}`)), { recursive: true });
        fs.writeFileSync(in_(`tree/${f}`), f);
    }
    fs.copyFileSync(productYaml, in_('product.yaml'));
    call('keys', 'init', 'keys', '--unsealed', '--holders', '1', '--maker', 'Lumen');
    const signed = name => JSON.parse(fs.readFileSync(in_(`repo/metadata/${name}.json`), 'utf8')).signed;
    let newest = '', listed = {};
    const release = version => {
        fs.writeFileSync(in_('image'), Buffer.concat([image, Buffer.from(version)]));
        call('release', '--repo', 'repo', '--keys', 'keys', '--declaration', 'product.yaml', '--image', 'image', '--tree', 'tree',
            '--version', version, '--counter', version.split('.')[1]);
        newest = `${signed(`${signed('timestamp').meta['snapshot.json'].version}.snapshot`).meta['targets.json'].version}.targets`;
        listed = signed(newest).targets;
    };
    release('1.1.0');
    const server = await serve(in_('repo')), root = fs.readFileSync(in_('keys/root.json')), wrong = [];
    const clients = { hallmark: ours(server.url, root), 'tuf-js': theirs(server.url, root) };
    const check = async (what, expected) => {
        for (const [who, ask] of Object.entries(clients))
            for (const [name, { hashes }] of Object.entries(listed)) {
                const got = await ask(name), held = fs.readFileSync(in_(`repo/targets/${hashes.sha256}.${name}`));
                if ((got !== null && got.equals(held)) !== expected)
                    wrong.push(`${who}: ${what}: ${name}: ${got === null ? 'none' : `${got.length} bytes`}`);
            }
    };
    await check('first release', true);
    release('1.2.0');
    await check('after an update', true);
    if (Object.keys(listed).length < 4) wrong.push(`only ${Object.keys(listed)} listed`);
    tell('the repository of hallmark release', wrong.splice(0));
    const timestamp = in_('repo/metadata/timestamp.json'), good = fs.readFileSync(timestamp);
    release('1.3.0');
    const targets = in_(`repo/metadata/${newest}.json`), bytes = fs.readFileSync(targets);
    bytes[bytes.length >> 1] ^= 1;
    fs.writeFileSync(targets, bytes);
    await check('a flipped bit', false);
    fs.writeFileSync(timestamp, good); // back to the release before
    await check('an older timestamp', false);
    server.stop();
    tell('and what is refused in it', wrong);
}

fs.rmSync(work, { recursive: true, force: true });
console.log(`1..${n}`);
process.exitCode = failed ? 1 : 0;
