// The parts of Vega that the charts of a report use: lines, symbols, axes, scales, aggregates.
import { transforms } from "vega-dataflow";
import { aggregate, collect, compare, expression, extent, facet, field, filter, key, prefacet, proxy, relay, sieve, values } from "vega-transforms";
import { bound, mark, overlap, render, viewlayout } from "vega-view-transforms";
import { axisticks, datajoin, encode, scale, sortitems } from "vega-encode";

Object.assign(transforms, {
  aggregate, collect, compare, expression, extent, facet, field, filter, key, prefacet, proxy, relay, sieve, values,
  bound, mark, overlap, render, viewlayout, axisticks, datajoin, encode, scale, sortitems,
});
export { View } from "vega-view";
export { parse } from "vega-parser";
