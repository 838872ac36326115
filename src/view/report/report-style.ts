/** The report's style sheet: two sets of colours, those of the diagrams among them. */
import { DARK, LIGHT, type Palette } from '../diagram/palette.ts';

/** Colours of a diagram as variables of the page. */
export const PAGE_PALETTE = Object.fromEntries(
  Object.keys(LIGHT).map((role) => [role, `var(--${role})`]),
) as unknown as Palette;

function variables(palette: Palette): string {
  return Object.entries(palette)
    .map(([role, colour]) => `--${role}:${colour}`)
    .join(';');
}

export const REPORT_STYLE = `
:root{color-scheme:light;${variables(LIGHT)}}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;${variables(DARK)}}}
:root[data-theme=dark]{color-scheme:dark;${variables(DARK)}}
*{box-sizing:border-box}
body{margin:0;background:var(--background);color:var(--text);font:15px/1.5 "DejaVu Sans",Verdana,"Noto Sans KR","Malgun Gothic",sans-serif}
header,main,footer{max-width:1500px;margin:0 auto;padding:16px 24px}
h1{font-size:26px;margin:8px 0 4px}
h2{font-size:20px;margin:28px 0 8px}
a{color:var(--crossNode)}
.skip{position:absolute;left:-9999px}
.skip:focus{left:8px;top:8px;background:var(--panel);padding:8px}
.dim{color:var(--dim);font-size:13px;overflow-wrap:anywhere}
.bar{display:flex;gap:16px;align-items:end;flex-wrap:wrap;margin:12px 0}
input,button{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--edge);border-radius:6px;padding:6px 10px}
input[type=search]{min-width:22em}
:focus-visible{outline:3px solid var(--crossNode);outline-offset:2px}
.scroll{overflow-x:auto;border:1px solid var(--edge);border-radius:10px}
table{border-collapse:collapse;width:100%;font-size:13.5px}
th,td{padding:5px 10px;text-align:left;white-space:nowrap;border-bottom:1px solid var(--edge)}
td.wide{white-space:normal;min-width:16em;overflow-wrap:anywhere}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}
thead th{position:sticky;top:0;background:var(--panel);padding:0}
th button{border:0;background:none;width:100%;text-align:inherit;font-weight:bold;padding:8px 10px;cursor:pointer;white-space:nowrap}
th[aria-sort=ascending] button::after{content:" \\2191"}
th[aria-sort=descending] button::after{content:" \\2193"}
tbody tr:hover{background:var(--panel)}
.address{font-family:"DejaVu Sans Mono",monospace;font-size:12.5px}
.label{display:inline-block;min-width:6.5em;padding:1px 8px;border-radius:9px;color:var(--background);font-weight:bold;font-size:12px;text-align:center}
.same-node{background:var(--sameNode)}
.cross-node{background:var(--crossNode)}
.external{background:var(--external)}
.host{background:var(--host)}
.unknown{background:var(--unknown)}
.trouble{color:var(--missing);font-weight:bold}
details{border:1px solid var(--edge);border-radius:10px;margin:8px 0;background:var(--panel)}
summary{padding:8px 14px;cursor:pointer;overflow-wrap:anywhere}
details>div{padding:0 14px 12px}
.figure{overflow-x:auto;background:var(--background);border:1px solid var(--edge);border-radius:8px;margin:8px 0}
.figure svg{display:block;max-width:100%;min-width:1000px;height:auto}
pre{overflow-x:auto;background:var(--panel);padding:10px 14px;border-radius:8px;white-space:pre-wrap;overflow-wrap:anywhere}
ul{margin:4px 0;padding-left:22px}
li{overflow-wrap:anywhere}
@media print{.bar,.skip{display:none}details{break-inside:avoid}}
`.trim();
