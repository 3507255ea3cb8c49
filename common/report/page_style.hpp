#pragma once

namespace lastgood {

/// Of all pages. The colours of words have a contrast of at least 4.5 to 1 on theirs, light and dark.
constexpr const char* k_page_style = R"CSS(
:root{color-scheme:light dark;--paper:#fbfbfa;--card:#ffffff;--ink:#1b1f24;--soft:#59616b;--line:#dfe2e6;
--good:#1a7446;--bad:#b3261e;--open:#85550a;--plain:#4a6076;--hold:#5b4a9c}
@media (prefers-color-scheme:dark){:root{--paper:#121518;--card:#1a1e22;--ink:#e7eaee;--soft:#a3abb5;--line:#32383f;
--good:#5cc98f;--bad:#ff8f85;--open:#efb650;--plain:#9fb3c8;--hold:#b3a5f2}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
header,main,footer{max-width:60rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2rem}
h1{font-size:2rem;line-height:1.2;margin:.2rem 0 .5rem;font-weight:650;letter-spacing:-.01em}
h2{font-size:1.15rem;line-height:1.3;margin:0 0 .6rem;font-weight:650}
p{margin:0 0 .8rem;max-width:44rem}
.over{margin:0;color:var(--soft);font-size:.95rem}
.verdict{border-left:6px solid var(--plain);padding-left:1rem}
.verdict.good{border-color:var(--good)}.verdict.bad{border-color:var(--bad)}.verdict.open{border-color:var(--open)}
.verdict.good h1{color:var(--good)}.verdict.bad h1{color:var(--bad)}.verdict.open h1{color:var(--open)}
section{margin:2.2rem 0 0}
.next{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:1rem 1.1rem;margin-top:1.4rem}
.next pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;font-size:1rem}
.next p{margin:.4rem 0 0;color:var(--soft)}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.88em}
code{overflow-wrap:anywhere;white-space:pre-wrap}
code.more{display:block;color:var(--soft)}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(12rem,1fr));gap:.9rem 1.5rem;margin:1.2rem 0}
.list{margin:.6rem 0 1rem}.list div{display:grid;grid-template-columns:13rem minmax(0,1fr);gap:0 1rem;padding:.15rem 0}
dl div{min-width:0}
dt{color:var(--soft);font-size:.85rem}
dd{margin:0;overflow-wrap:anywhere}
table{width:100%;border-collapse:collapse;margin:.6rem 0 1.2rem;font-size:.94rem}
caption{text-align:left;color:var(--soft);padding-bottom:.35rem;font-size:.88rem}
th,td{text-align:left;vertical-align:top;padding:.45rem .9rem .45rem 0;border-top:1px solid var(--line);font-weight:400}
thead th{border-top:0;color:var(--soft);font-size:.85rem;padding-bottom:.25rem}
td.number{font-variant-numeric:tabular-nums;white-space:nowrap}
.tone{font-weight:600}
.tone.good{color:var(--good)}.tone.bad{color:var(--bad)}.tone.open{color:var(--open)}
details{margin:.6rem 0}
summary{cursor:pointer;padding:.3rem 0}
a{color:inherit}
:focus-visible{outline:2px solid var(--plain);outline-offset:2px}
svg{display:block;overflow:visible;max-width:100%}
svg text{fill:var(--ink);font-size:13px}
svg .took,svg .tick{fill:var(--soft)}svg .tick{font-size:12px}
svg text.step .name,svg text.fence .name{font-weight:650}
svg .grid{stroke:var(--line)}svg .hatch{stroke:var(--line);stroke-width:3}svg .wait{fill:url(#hatch)}
svg .bar{fill:var(--plain)}svg .bar.good{fill:var(--good)}svg .bar.bad{fill:var(--bad)}svg .bar.open{fill:var(--open)}
svg .bar.fence{fill:var(--hold)}svg .bar.action{opacity:.75}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1rem 2rem}
figure{margin:0;min-width:0}figcaption{font-weight:650;margin-bottom:.3rem}
svg .base{stroke:var(--soft)}svg .sign{font-size:12px}
svg .sign.good{fill:var(--good)}svg .sign.bad{fill:var(--bad)}svg .sign.open{fill:var(--open)}
.legend span{margin-right:1rem}
footer{margin-top:2.5rem;padding-bottom:2.5rem;color:var(--soft);font-size:.88rem}
@media (max-width:40rem){
h1{font-size:1.6rem}
.tiles{grid-template-columns:repeat(auto-fill,minmax(8.5rem,1fr));gap:.6rem 1rem}
.list div{grid-template-columns:7rem minmax(0,1fr)}
table,thead,tbody,tr,th,td,caption{display:block}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
tr{border-top:1px solid var(--line);padding:.5rem 0}
tbody th,td{border:0;padding:.12rem 0}
td{display:grid;grid-template-columns:7rem minmax(0,1fr);gap:.5rem}
td::before{content:attr(data-label);color:var(--soft);font-size:.85rem}
td.number{white-space:normal}
}
@media print{:root{--paper:#fff}body{font-size:11pt}section{break-inside:avoid}}
)CSS";

}  // namespace lastgood
