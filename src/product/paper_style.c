/* SPDX-License-Identifier: Apache-2.0 */
/* The look of the documents. Contrast is 4.5:1 or better in both schemes; on paper only ink. */
#include "product/paper_style.h"

#include "core/base/banned.h"

/* clang-format off */
const char *paper_style(void)
{
	return
	":root{color-scheme:light dark;--bg:#fff;--ink:#19222d;--soft:#55606e;--line:#d3dae3;--panel:#f4f6f9;--act:#0b57a4;"
	"--open:#744700;--open-bg:#fdf3df;--open-line:#d9a441}\n"
	"@media screen and (prefers-color-scheme:dark){:root{--bg:#12171e;--ink:#e8edf3;--soft:#a8b3c0;--line:#36414d;--panel:#1b222b;"
	"--act:#8fc2ff;--open:#f5c877;--open-bg:#35290f;--open-line:#8d6a20}}\n"
	"*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}\n"
	"body{margin:0;background:var(--bg);color:var(--ink);font:1.0625rem/1.6 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',"
	"'Liberation Sans',sans-serif;overflow-wrap:anywhere}\n"
	"header,main,footer{max-width:46rem;margin:0 auto;padding:0 1.5rem}\n"
	"header{padding-top:3rem}header::after{content:\"\";display:block;height:3px;margin:1.4rem 0 1.8rem;background:var(--ink)}\n"
	".kicker{margin:0;font-size:.9rem;font-weight:600;letter-spacing:.04em;color:var(--soft)}\n"
	"h1{margin:.25rem 0 .4rem;font-size:2.1rem;line-height:1.2;text-wrap:balance}.subject{margin:0;color:var(--soft)}"
	".subject strong{color:var(--ink)}\n"
	"h2{margin:2.4rem 0 .8rem;font-size:1.35rem;line-height:1.3}h3{margin:1.8rem 0 .5rem;font-size:1.1rem;line-height:1.35}\n"
	"p{margin:.7rem 0}ul,ol{margin:.7rem 0;padding-left:1.4rem}li{margin:.35rem 0}a{color:var(--act)}\n"
	".note{color:var(--soft);font-size:.95rem}time{white-space:nowrap}\n"
	"table{width:100%;border-collapse:collapse;margin:.8rem 0}th,td{text-align:left;vertical-align:top;padding:.55rem .75rem .55rem 0;"
	"border-bottom:1px solid var(--line)}thead th{min-width:5.5rem;overflow-wrap:normal;font-size:.9rem;color:var(--soft);border-bottom-width:2px}\n"
	".rows{border-top:1px solid var(--line)}.rows th{width:32%;font-weight:500;color:var(--soft)}\n"
	"main>.rows{background:var(--panel);border:1px solid var(--line);border-radius:.6rem;border-collapse:separate;border-spacing:0;"
	"padding:.3rem 1.1rem}main>.rows tr:last-child>*{border-bottom:0}main>.rows td{font-weight:600}\n"
	"blockquote{margin:1rem 0;padding:.3rem 1.2rem;border-left:4px solid var(--act);background:var(--panel);border-radius:0 .5rem .5rem 0}\n"
	"ol{counter-reset:step;list-style:none;padding:0}ol>li{counter-increment:step;position:relative;padding:.1rem 0 .1rem 3rem;"
	"margin:.9rem 0;min-height:2rem}ol>li::before{content:counter(step);position:absolute;left:0;top:0;width:2rem;height:2rem;"
	"border-radius:50%;background:var(--ink);color:var(--bg);font-weight:650;text-align:center;line-height:2rem}\n"
	".checks{list-style:none;padding:0}.checks li{position:relative;padding-left:2.1rem;margin:.6rem 0}.checks li::before{content:\"\";"
	"position:absolute;left:0;top:.25rem;width:1.1rem;height:1.1rem;border:2px solid var(--soft);border-radius:.25rem}\n"
	".open{background:var(--open-bg);border:1px solid var(--open-line);border-radius:.6rem;padding:1rem 1.2rem;margin:0 0 1.6rem}"
	".open h2{margin:0;font-size:1.05rem;color:var(--open)}.open ul{margin:.4rem 0 0}.open a{color:inherit}\n"
	".blank{display:inline-block;min-width:min(18rem,100%);padding-top:1.3rem;border-bottom:1px solid var(--ink);color:var(--open);"
	"font-size:.8rem;font-weight:400;line-height:1.3}\n"
	".rows td>.blank:only-child{display:block;min-width:0;border:0;padding-top:1.7rem}\n"
	"footer{margin-top:3rem;padding-bottom:3rem;color:var(--soft);font-size:.9rem}footer p{border-top:1px solid var(--line);padding-top:.8rem}\n"
	"a:focus-visible{outline:3px solid var(--act);outline-offset:2px;border-radius:2px}\n"
	"@media (max-width:40rem){body{font-size:1rem}header,main,footer{padding:0 1.1rem}header{padding-top:1.6rem}h1{font-size:1.65rem}"
	".rows th{width:36%}th,td{padding-right:.6rem}thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}"
	"table:not(.rows) tr{display:block;border-bottom:1px solid var(--line);padding:.5rem 0}table:not(.rows) td{display:block;border:0;"
	"padding:.1rem 0}table:not(.rows) td:first-child{font-weight:600}td::before{content:attr(data-label);color:var(--soft)}}\n"
	"@media print{@page{size:A4;margin:14mm 19mm}:root{--bg:#fff;--ink:#000;--soft:#444;--panel:#fff;--act:#000;--open:#444;--open-bg:#fff}"
	"html{font-size:11.6px}body{font-size:1.1rem;line-height:1.45}header,main,footer{max-width:none;padding:0}"
	"header::after{margin:.8rem 0 1rem}h2{margin:1.2rem 0 .4rem}h3{margin-top:1.1rem}h2,h3{break-after:avoid}th,td{padding-top:.35rem;"
	"padding-bottom:.35rem}tr,li,blockquote,.note{break-inside:avoid}.rows{break-inside:avoid}.by-hand{display:none}.rows td>.blank:only-child{padding-top:1.3rem}"
	"footer{margin-top:1.2rem;padding:0}"
	"ol>li::before{background:none;color:#000;border:1.5px solid #000;line-height:calc(2rem - 3px)}}\n";
}
/* clang-format on */
