/* SPDX-License-Identifier: Apache-2.0 */
/* The look of the report and the label page: one style sheet, light and dark, and print. Contrast is 4.5:1 or better.
 */
#include "assess/report.h"

#include "core/base/banned.h"

/* clang-format off */
const char *report_css(void)
{
	return
	":root{color-scheme:light dark;--bg:#fff;--ink:#1b2430;--soft:#55606e;--line:#d5dbe3;--panel:#f5f7fa;--link:#0b57a4;"
	"--pass:#17663a;--pass-bg:#e3f4ea;--fail:#a3161c;--fail-bg:#fdeaea;--open:#7a4a00;--open-bg:#fdf1da;"
	"--na:#4a5563;--na-bg:#eceff3;--nj:#4a5563;--nj-bg:#eceff3}\n"
	"@media screen and (prefers-color-scheme:dark){:root{--bg:#12171e;--ink:#e7ecf2;--soft:#a5b0be;--line:#333d49;--panel:#1a212a;"
	"--link:#8abfff;--pass:#7ddba3;--pass-bg:#12321f;--fail:#ff9a9a;--fail-bg:#421518;--open:#f3c677;--open-bg:#3a2a0b;"
	"--na:#b3bdc9;--na-bg:#262e38;--nj:#b3bdc9;--nj-bg:#262e38}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,"
	"'Liberation Sans',sans-serif}\n"
	"header,main,footer{max-width:64rem;margin:0 auto;padding:0 1.5rem}\n"
	"header{padding-top:2.5rem}header::after{content:\"\";display:block;height:3px;margin-top:1rem;background:var(--ink)}\n"
	"main{padding-bottom:2rem}footer{color:var(--soft);font-size:.875rem;border-top:1px solid var(--line)}\n"
	".kicker{margin:0;letter-spacing:.08em;text-transform:uppercase;font-size:.8rem;color:var(--soft)}\n"
	"h1{margin:.2rem 0;font-size:2.1rem;line-height:1.2}.version{font-weight:400;color:var(--soft)}\n"
	".lead{margin:.3rem 0 0}h2{margin:2rem 0 .8rem;font-size:1.5rem}h3{margin:2rem 0 .6rem;font-size:1.15rem}\n"
	"h4{margin:0 0 .3rem;font-size:1rem}a{color:var(--link)}code{font-size:.85em;overflow-wrap:anywhere}\n"
	".conclusion{font-size:1.2rem;font-weight:600;padding:1rem 1.2rem;border-left:6px solid;border-radius:4px;margin:0 0 1.2rem}\n"
	".conclusion.pass{color:var(--pass);background:var(--pass-bg)}.conclusion.fail{color:var(--fail);background:var(--fail-bg)}"
	".conclusion.open{color:var(--open);background:var(--open-bg)}\n"
	".tiles{list-style:none;display:flex;flex-wrap:wrap;gap:.6rem;padding:0;margin:0 0 .8rem}\n"
	".tiles li{flex:1 1 8rem;padding:.6rem .9rem;border-radius:6px;background:var(--nj-bg);color:var(--nj)}\n"
	".tiles b{display:block;font-size:1.9rem;line-height:1.1}\n"
	".tiles .pass,.mark.pass{background:var(--pass-bg);color:var(--pass)}.tiles .fail,.mark.fail{background:var(--fail-bg);color:var(--fail)}"
	".tiles .open,.mark.open{background:var(--open-bg);color:var(--open)}\n"
	".bar{display:flex;height:.7rem;border-radius:.35rem;overflow:hidden;gap:2px}.bar i{background:var(--na);flex-basis:0;opacity:.45}"
	".bar .pass{background:var(--pass);opacity:1}.bar .fail{background:var(--fail);opacity:1}.bar .open{background:var(--open);opacity:1}\n"
	".mark{display:inline-block;padding:.05rem .55rem;border-radius:1rem;font-size:.875rem;font-weight:600;background:var(--na-bg);"
	"color:var(--na);white-space:nowrap}\n"
	".tag{font-size:.8rem;color:var(--soft);border:1px solid var(--line);border-radius:1rem;padding:.05rem .5rem}\n"
	".note,.why{color:var(--soft);font-size:.92rem;overflow-wrap:anywhere}\n"
	".todo{padding:0;list-style:none;margin:0}.todo li{padding:.6rem 0;border-bottom:1px solid var(--line)}\n"
	".facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr));gap:.8rem 1.5rem;margin:0;background:var(--panel);"
	"padding:1rem 1.2rem;border-radius:6px}.facts dt{font-size:.85rem;color:var(--soft)}.facts dd{margin:0;font-weight:600;overflow-wrap:anywhere}\n"
	".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.5rem .7rem;border-bottom:1px solid "
	"var(--line);vertical-align:top}th{font-size:.85rem;color:var(--soft)}.num{text-align:right;font-variant-numeric:tabular-nums}\n"
	"article{border:1px solid var(--line);border-left:5px solid var(--na);border-radius:6px;padding:.8rem 1rem;margin:.7rem 0;"
	"break-inside:avoid}article.pass{border-left-color:var(--pass)}article.fail{border-left-color:var(--fail)}"
	"article.open{border-left-color:var(--open)}article p{margin:.3rem 0}\n"
	".case{border-top:1px dashed var(--line);margin-top:.6rem;padding-top:.4rem}.evidence{margin:.3rem 0;padding-left:1.2rem;font-size:.92rem}\n"
	".evidence small{color:var(--soft)}.evidence li{overflow-wrap:anywhere}\n"
	"a:focus-visible,.scroll:focus-visible{outline:3px solid var(--link);outline-offset:2px}\n"
	".labelpage{display:grid;gap:2rem;grid-template-columns:minmax(0,26rem) 1fr;align-items:start;margin-top:2rem}"
	".labelpage svg{width:100%;height:auto}.labelpage h2:first-child{margin-top:0}pre{white-space:pre-wrap;background:var(--panel);padding:.7rem 1rem;border-radius:6px}@media (max-width:52rem){.labelpage{grid-template-columns:1fr}}\n"
	"@media (max-width:40rem){header,main,footer{padding-left:1rem;padding-right:1rem}header{padding-top:1.5rem}h1{font-size:1.6rem}"
	".conclusion{font-size:1.05rem}th,td{padding:.45rem .3rem;font-size:.9rem}.num{white-space:normal}article{padding:.7rem .8rem}}\n"
	"@media print{@page{margin:16mm}:root{--bg:#fff;--ink:#000;--panel:#f5f7fa}html{font-size:10pt}body{font-size:1rem}header,main,footer{max-width:none;padding:0}"
	".lab{break-before:page}h2,h3,h4{break-after:avoid}tr,.todo li,.tiles li,.facts div{break-inside:avoid}thead{display:table-header-group}.scroll{overflow:visible}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}a{color:inherit}}\n";
}
/* clang-format on */
