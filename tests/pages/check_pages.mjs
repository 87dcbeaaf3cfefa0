// SPDX-License-Identifier: Apache-2.0
// Opens every page, the report and the label in a browser, wide and on a phone, light and dark, and asks axe-core for
// breaches of WCAG 2.2 AA. Nothing may stick out of a phone's screen, carry a script or break the page's own policy.
// usage: check_pages.mjs CHROMIUM RENDER_OWNER RENDER_REPORTS HALLMARK HALLMARK_FLEET SOURCE-DIR
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';

const [chrome, renderOwner, renderReports, hallmark, fleet, source] = process.argv.slice(2).map(p => path.resolve(p));
const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const policy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const views = [['wide', 1280, 'light'], ['phone', 390, 'light'], ['phone, dark', 390, 'dark']];
const work = fs.mkdtempSync(path.join(process.env.TMPDIR || os.tmpdir(), 'hallmark-pages-'));
const at = (...p) => path.join(work, ...p);
const run = (program, ...args) => execFileSync(program, args, { cwd: work, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
let n = 0, failed = 0, service, browser;

function tell(name, wrong) {
    failed += wrong.length > 0;
    console.log(`${wrong.length ? 'not ok' : 'ok'} ${++n} - ${name}`);
    for (const line of wrong) console.log(`# ${line.replace(/\s+/g, ' ')}`);
}

async function wrongWith(page, said) {
    await page.waitForLoadState('load');
    const seen = await page.evaluate(() => ({
        over: document.documentElement.scrollWidth - innerWidth,
        scripts: document.querySelectorAll('script, [onclick], [onload]').length,
        lang: document.documentElement.lang,
    }));
    await page.evaluate(axe);
    const found = await page.evaluate(r => axe.run(document, { runOnly: r, resultTypes: ['violations'] }), rules);
    const wrong = found.violations.map(v => `${v.id}: ${v.help}: ${v.nodes.map(x => x.html.slice(0, 120)).slice(0, 3).join(' | ')}`);
    if (seen.over > 0) wrong.push(`${seen.over} px stick out of the screen`);
    if (seen.scripts) wrong.push('the page carries a script');
    if (seen.lang !== 'en') wrong.push('the page does not say its language');
    return wrong.concat(said.splice(0));
}

function makeFiles() {
    fs.writeFileSync(at('passphrase'), 'a passphrase for a test only');
    process.env.HALLMARK_PASSPHRASE_FILE = at('passphrase');
    fs.mkdirSync(at('owner'));
    run(renderOwner, at('owner'));
    fs.mkdirSync(at('reports'));
    run(renderReports, at('reports'));
    run(hallmark, 'keys', 'init', 'keys', '--holders', '1', '--threshold', '1', '--maker', 'Lumen Works Ltd');
    run(hallmark, 'keys', 'service-cert', 'keys', '--host', '127.0.0.1', '--out', 'tls');
    run(hallmark, 'provision', '--keys', 'keys', '--service', '127.0.0.1:8443', '--model', 'lumen-cam1', '--maker',
        'Lumen Works Ltd', '--out', 'unit', '--id', 'lumen-dev1', '--page-host', '127.0.0.1', '--page-port', '9443');
    run(hallmark, 'compile', path.join(source, 'examples/camera/product.yaml'), '--out', 'assessment');
    run(hallmark, 'assess', '--declaration', path.join(source, 'examples/camera/product.yaml'), '--target', '127.0.0.1',
        '--only', 'declaration', '--label-key', 'keys/label.key', '--passphrase-file', 'passphrase', '--out', 'assessment');
}

function startService() {
    fs.mkdirSync(at('repo'));
    const made = run(fleet, 'init', 'data', '--company', 'Lumen Works Ltd', '--contact', 'mailto:security@lumen.example',
        '--url', 'https://127.0.0.1:8444');
    run(fleet, 'import', 'data', 'keys/batch/records.jsonl', '--factory-pub', 'keys/factory.pub');
    run(fleet, 'rollout', 'start', 'data', '--target', 'lumen-cam1-os-1.0.0.img', '--version', '1.0.0', '--waves', '1,100%');
    const any = '127.0.0.1:0';
    service = spawn(fleet, ['serve', 'data', '--repo', 'repo', '--tls-cert', 'tls/server.pem', '--tls-key', 'tls/server.key',
        '--factory-ca', 'keys/factory-ca.pem', '--page-tls-cert', 'tls/server.pem', '--page-tls-key', 'tls/server.key',
        '--device-listen', any, '--public-listen', any, '--operator-listen', any], { cwd: work, stdio: ['ignore', 'pipe', 'pipe'] });
    const password = /operator password[^:]*: (\S+)/.exec(made)[1];
    return new Promise((done, fail) => {
        let text = '';
        const look = chunk => {
            text += chunk;
            const pub = /public pages +(https:\S+)/.exec(text), op = /operator pages +(https:\S+)/.exec(text);
            if (pub && op && /\[operator\]: ready/.test(text) && /\[public\]: ready/.test(text))
                done({ pub: pub[1], op: op[1], password });
        };
        service.stdout.on('data', look);
        service.stderr.on('data', look);
        service.on('exit', code => fail(new Error(`the service ended (${code}): ${text}`)));
        setTimeout(() => fail(new Error(`the service did not start: ${text}`)), 20000).unref();
    });
}

async function checkBad(page, said) {
    await page.route('http://bad/', r => r.fulfill({ contentType: 'text/html', body: '<html><title>x</title><img src="data:,"><p style="color:#aaa;width:3000px">faint' }));
    await page.goto('http://bad/');
    const wrong = await wrongWith(page, said);
    const all = ['image-alt', 'color-contrast', 'stick out', 'language'].every(w => wrong.some(line => line.includes(w)));
    tell('a bad page is found bad', all ? [] : ['the checks did not see what is wrong with it', ...wrong]);
}

async function checkOwner(page, said, view) {
    await page.route('http://owner/**', r => {
        const name = new URL(r.request().url()).pathname.slice(1);
        const css = name === 'style.css';
        const body = css || name.endsWith('.html') ? fs.readFileSync(at('owner', css ? 'style.css.html' : name)) : '';
        return r.fulfill({ body, contentType: css ? 'text/css' : 'text/html', headers: { 'Content-Security-Policy': policy } });
    });
    for (const name of fs.readdirSync(at('owner')).filter(x => !x.startsWith('style'))) {
        await page.goto(`http://owner/${name}`);
        tell(`owner ${name}, ${view}`, await wrongWith(page, said));
    }
}

async function checkFleet(page, said, view, where) {
    for (const name of ['', 'report', 'disclosure', 'support', 'nothing']) {
        await page.goto(`${where.pub}/${name}`);
        tell(`public /${name}, ${view}`, await wrongWith(page, said));
    }
    await page.goto(`${where.pub}/report`);
    await page.fill('#text', `The page answers with ${'x'.repeat(200)} when it should not.`);
    await page.click('main button');
    tell(`public report sent, ${view}`, await wrongWith(page, said));
    await page.goto(where.pub + new URL(await page.getAttribute('main a', 'href'), where.pub).pathname);
    tell(`public case, ${view}`, await wrongWith(page, said));
    await page.goto(`${where.op}/sign-in`);
    tell(`operator /sign-in, ${view}`, await wrongWith(page, said));
    await page.fill('#password', where.password);
    await page.click('main button');
    for (const name of ['', 'devices', 'devices/lumen-dev1', 'rollouts', 'rollouts/1', 'cases', 'audit', 'nothing']) {
        await page.goto(`${where.op}/${name}`);
        tell(`operator /${name}, ${view}`, await wrongWith(page, said));
    }
    await page.goto(`${where.op}/cases`);
    await page.goto(where.op + await page.getAttribute('tbody a', 'href'));
    tell(`operator case, ${view}`, await wrongWith(page, said));
}

// Every result there is, hostile texts, everything unfolded. Then choosing: what is not chosen goes, and paper shows all.
async function checkReports(page, said, view) {
    for (const name of view === 'wide' ? fs.readdirSync(at('reports')) : ['hostile']) {
        await page.goto(`file://${at('reports', name, 'report.html')}`);
        await page.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = true; }));
        tell(`report ${name}, ${view}`, await wrongWith(page, said));
    }
    await page.goto(`file://${at('reports', 'hostile', 'report.html')}`);
    const seen = () => page.evaluate(() => {
        const shown = q => [...document.querySelectorAll(q)].filter(x => x.checkVisibility({ contentVisibilityAuto: true })).length;
        return { all: shown('article'), failed: shown('article.fail'), facts: shown('.evidence'), must: shown('article.must'), folded: shown('details ol') };
    });
    const wrong = [], all = await seen();
    await page.check('#show-fail');
    const chosen = await seen();
    if (chosen.all !== all.failed || !all.failed || all.failed === all.all) wrong.push(`failed chosen: ${JSON.stringify([all, chosen])}`);
    await page.check('#show-must');
    await page.uncheck('#show-facts');
    const must = await seen();
    if (must.all !== must.must || must.facts || must.all >= chosen.all) wrong.push(`mandatory chosen, no facts: ${JSON.stringify(must)}`);
    await page.emulateMedia({ media: 'print' });
    const paper = await seen();
    if (paper.all !== all.all || paper.facts !== all.facts || !paper.folded) wrong.push(`paper leaves out: ${JSON.stringify([all, paper])}`);
    await page.emulateMedia({ media: null });
    tell(`report, choosing, ${view}`, wrong);
}

async function checkAll() {
    makeFiles();
    const where = await startService();
    browser = await chromium.launch({ executablePath: chrome, args: ['--no-sandbox', '--disable-gpu', '--disable-quic',
        '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
    for (const [view, width, colorScheme] of views) {
        const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, ignoreHTTPSErrors: true });
        const page = await context.newPage(), said = [];
        page.on('console', m => { if (/Content Security Policy/.test(m.text())) said.push(m.text()); });
        page.on('pageerror', e => said.push(String(e)));
        if (n === 0) await checkBad(page, said);
        await checkOwner(page, said, view);
        for (const name of ['report.html', 'label.html', 'disclosure-policy.html', 'privacy-notice.html',
            'setup-guide.html', 'user-information.html', 'statement-of-compliance.html']) {
            await page.goto(`file://${at('assessment', name)}`);
            tell(`${name}, ${view}`, await wrongWith(page, said));
        }
        await checkReports(page, said, view);
        await checkFleet(page, said, view, where);
        await context.close();
    }
}

try {
    await checkAll();
} catch (e) {
    tell('the pages can be opened', [String(e.stack || e), String(e.stderr || '')]);
} finally {
    await browser?.close();
    if (service && service.exitCode === null) {
        service.removeAllListeners('exit');
        const gone = new Promise(done => service.once('exit', done));
        service.kill('SIGTERM');
        await gone;
    }
    fs.rmSync(work, { recursive: true, force: true });
}
console.log(`1..${n}`);
process.exit(failed ? 1 : 0);
