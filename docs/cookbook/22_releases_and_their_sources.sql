-- Every release: when it was frozen, and how many files of which editions it rests on
select
    releases.release_id,
    releases.frozen_at,
    releases.is_current,
    releases.cells,
    sources.entry.source,
    sources.entry.edition,
    count(*) as files,
    max(sources.entry.vintage) as newest_vintage
from results.releases as releases, unnest(releases.sources) as sources (entry)
group by all
order by releases.frozen_at, releases.release_id, sources.entry.source, sources.entry.edition;
