// Order of search results: a heading that is the query comes first; a code of a former version leads to its area.
// Sphinx's own order counts single words, so that `LP-SPEC-004` is also any page with `spec`.
var Scorer = {
  score: ([page, title, anchor, description, score]) => {
    const query = (new URLSearchParams(location.search).get("q") || "").trim().toLowerCase();
    const heading = title.split(" > ").pop().toLowerCase();
    if (heading === query) return score + 1000;
    const former = /^lp-([a-z]+)-\d{3}$/.exec(query);
    return former && page === `errors/${former[1]}` ? score + 500 : score;
  },
  // Sphinx's defaults.
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
