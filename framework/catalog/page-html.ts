/** Writes the HTML of the catalogue's page. All data of the lake is in its scripts. */

/** By this text, a later `lake catalog` recognizes a directory that an earlier one wrote. */
export const MARK = '<meta name="generator" content="lake catalog">'

/**
 * A page from a file has no origin of its own in browsers, so the policy names `file:`. Only
 * scripts and sheets set styles. The id of the sheet keeps cytoscape from adding a style element,
 * which the policy forbids.
 */
export function pageHtml({ data }: { readonly data: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' file:; style-src 'self' file:; img-src 'self' data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
${MARK}
<title>Catalogue of a lake</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="lib/uPlot.min.css">
<link rel="stylesheet" href="lib/page.css" id="__________cytoscape_stylesheet">
<script defer src="lib/cytoscape.min.js"></script>
<script defer src="lib/uPlot.iife.min.js"></script>
<script defer src="lib/page.js"></script>
<script defer src="${data}/index.js"></script>
</head>
<body data-data="${data}">
<noscript>This page needs JavaScript, which it loads from the files beside it.</noscript>
</body>
</html>
`
}
