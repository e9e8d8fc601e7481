{#- Reading artifacts/<table_id>/<artifact_id>/<name>. DuckDB refuses a pattern that matches no
    file, so the files are listed first, and without one an empty table of the same columns is
    read. Half-written folders begin with a dot; `drift` holds comparisons, not tables. -#}
{% macro artifact_files(name) -%}
    {{ return(files_like('artifacts/*/*/' ~ name, '/artifacts/(drift/|[.]|[^/]+/[.])')) }}
{%- endmacro %}

{#- Files of the data root that a pattern finds and a regular expression does not leave out. -#}
{% macro files_like(pattern, but='/[.]writing') -%}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- set found = run_query(
        "select file from glob('" ~ literal_path(env_var('LIVING_PANEL_DATA')) ~ '/' ~ pattern ~ "') "
        ~ "where not regexp_matches(file, '" ~ but ~ "') order by file"
    ) -%}
    {{ return(found.columns[0].values() | list) }}
{%- endmacro %}

{#- A path inside a text of DuckDB's: no apostrophe ends it, and nothing in it is a pattern. -#}
{% macro literal_path(path) -%}
    {{ return(modules.re.sub('([*?[])', '[\\1]', path) | replace("'", "''")) }}
{%- endmacro %}

{% macro path_list(paths) -%}
    [{% for path in paths %}'{{ literal_path(path) }}'{{ ', ' if not loop.last }}{% endfor %}]
{%- endmacro %}

{#- An empty relation with the given columns: a mapping from name to type. -#}
{% macro empty_relation(columns) -%}
    select
        {%- for name, type in columns.items() %}
        cast(null as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    where false
{%- endmacro %}

{#- The artifacts' JSON manifests, only the columns named. -#}
{% macro read_manifests(columns) -%}
    {%- do source('artifacts', 'current') -%}
    {{ read_documents(artifact_files('manifest.json'), columns) }}
{%- endmacro %}

{#- JSON documents, one a file, only the columns named. -#}
{% macro read_documents(files, columns, format='unstructured') -%}
    {%- if files -%}
    select {{ columns | join(', ') }}
    from read_json(
        {{ path_list(files) }},
        columns = {
            {%- for name, type in columns.items() %}
            {{ name }}: '{{ type }}'{{ ',' if not loop.last }}
            {%- endfor %}
        },
        format = '{{ format }}', maximum_object_size = 67108864,
        -- a run that was killed may leave the last line cut
        ignore_errors = {{ 'true' if format == 'newline_delimited' else 'false' }}
    )
    {%- else -%}
    {{ empty_relation(columns) }}
    {%- endif -%}
{%- endmacro %}

{#- The lines of the ledger of what this root made, of one kind, in their order. -#}
{% macro read_ledger(kind) -%}
    {%- do source('artifacts', 'current') -%}
    select
        "at" as happened_at,
        name,
        event,
        row_number() over () as line
    from (
        {{ read_documents(files_like('ledger.jsonl'), {
            '"at"': 'varchar', 'kind': 'varchar', 'name': 'varchar', 'event': 'varchar'
        }, 'newline_delimited') }}
    )
    where kind = '{{ kind }}'
{%- endmacro %}

{#- The artifacts' Parquet tables of one name, with the folder's two ids; a column that an older artifact
    does not have is null. -#}
{% macro read_artifact_parquet(name, columns) -%}
    {%- do source('artifacts', 'current') -%}
    {%- set files = artifact_files(name) -%}
    {%- if files -%}
    {%- set read_columns = {'filename': 'varchar'} -%}
    {%- do read_columns.update(columns) -%}
    select
        split_part(filename, '/', -3) as table_id,
        split_part(filename, '/', -2) as artifact_id,
        {%- for column, type in columns.items() %}
        cast({{ column }} as {{ type }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ empty_relation(read_columns) }}
        union all by name
        select * from read_parquet({{ path_list(files) }}, union_by_name = true, filename = true)
    )
    {%- else -%}
    {%- set all_columns = {'table_id': 'varchar', 'artifact_id': 'varchar'} -%}
    {%- do all_columns.update(columns) -%}
    {{ empty_relation(all_columns) }}
    {%- endif -%}
{%- endmacro %}

{#- Parquet tables of the stored comparisons of two releases, artifacts/drift/<comparison>/<name>; a column
    that an older comparison does not have is null. -#}
{% macro read_comparison_parquet(name, columns) -%}
    {%- do source('artifacts', 'drift') -%}
    {%- set files = files_like('artifacts/drift/*/' ~ name, '/drift/[.]') -%}
    {%- if files -%}
    select
        {%- for column, type in columns.items() %}
        cast({{ column }} as {{ type }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ empty_relation(columns) }}
        union all by name
        select * from read_parquet({{ path_list(files) }}, union_by_name = true)
    )
    {%- else -%}
    {{ empty_relation(columns) }}
    {%- endif -%}
{%- endmacro %}

{#- The list of artifacts that count as current, written by the newest refresh. -#}
{% macro read_current_index() -%}
    {%- do source('artifacts', 'current') -%}
    {%- set columns = {'table_id': 'varchar', 'artifact_id': 'varchar', 'release_id': 'varchar'} -%}
    {{ read_documents(files_like('state/' ~ var('current_index')), columns, 'auto') }}
{%- endmacro %}

{#- Printed numbers beside ours, as the asset artifacts/reproduction left them. -#}
{% macro read_reproduction(columns) -%}
    {%- do source('artifacts', 'reproduction') -%}
    {%- set files = files_like('build/reproduction.parquet') -%}
    {%- if files -%}
    select
        {%- for column, type in columns.items() %}
        cast("{{ column }}" as {{ type }}) as "{{ column }}"{{ ',' if not loop.last }}
        {%- endfor %}
    from read_parquet({{ path_list(files) }})
    {%- else -%}
    select
        {%- for column, type in columns.items() %}
        cast(null as {{ type }}) as "{{ column }}"{{ ',' if not loop.last }}
        {%- endfor %}
    where false
    {%- endif -%}
{%- endmacro %}
