{#- JSON documents and Parquet tables of the data root. DuckDB reads the files where they lie. On
    Spark they are tables of the schema `artifacts` (artifact_tables.sql), made of the same files.
    DuckDB refuses a pattern that matches no file, so the files are listed first, and without one an
    empty table of the same columns is read.

    Files artifacts/<table_id>/<artifact_id>/<name>: half-written folders begin with a dot; `drift`
    holds comparisons, not tables. -#}
{% macro artifact_files(name, only_current=false) -%}
    {%- set condition = "split_part(file, '/', -3) || '/' || split_part(file, '/', -2) in "
        ~ "(select table_id || '/' || artifact_id from ("
        ~ read_documents('current_index', {'table_id': 'varchar', 'artifact_id': 'varchar'}) ~ "))"
        if only_current else 'true' -%}
    {{ return(files_like('artifacts/*/*/' ~ name, '/artifacts/(drift/|[.]|[^/]+/[.])', condition)) }}
{%- endmacro %}

{#- Files of the data root that a pattern finds, a regular expression does not leave out, and for which a condition
    holds. -#}
{% macro files_like(pattern, but='/[.]writing', condition='true') -%}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- set found = run_query(
        "select file from glob('" ~ literal_path(env_var('LIVING_PANEL_DATA')) ~ '/' ~ pattern ~ "') "
        ~ "where not regexp_matches(file, '" ~ but ~ "') and " ~ condition ~ " order by file"
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

{#- The artifacts' JSON manifests, only the columns named. Where only current artifacts are wanted, DuckDB opens
    no other files. -#}
{% macro read_manifests(columns, only_current=false) -%}
    {%- do source('artifacts', 'current') -%}
    {{ read_documents('manifests', columns, only_current) }}
{%- endmacro %}

{#- JSON documents of one kind, one row each, only the columns named. -#}
{% macro read_documents(name, columns, only_current=false) -%}
    {{ return(adapter.dispatch('read_documents', 'living_panel')(name, columns, only_current)) }}
{%- endmacro %}

{#- The files of one kind of document. -#}
{% macro document_files(name, only_current=false) -%}
    {%- if name == 'manifests' -%}{{ return(artifact_files('manifest.json', only_current)) }}
    {%- elif name == 'releases' -%}{{ return(files_like('releases/*/manifest.json', '/releases/[.]')) }}
    {%- elif name == 'ledger' -%}{{ return(files_like('ledger.jsonl')) }}
    {%- elif name == 'current_index' -%}{{ return(files_like('state/' ~ var('current_index'))) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__read_documents(name, columns, only_current) -%}
    {%- set files = document_files(name, only_current) -%}
    {%- set format = {'ledger': 'newline_delimited', 'current_index': 'auto'}.get(name, 'unstructured') -%}
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
        {{ adapter.quote('at') }} as happened_at,
        name,
        event,
        {{ line_number() }} as line
    from (
        {{ read_documents('ledger', {
            adapter.quote('at'): 'varchar', 'kind': 'varchar', 'name': 'varchar', 'event': 'varchar'
        }) }}
    )
    where kind = '{{ kind }}'
{%- endmacro %}

{#- Number of a row in the order in which the engine reads the rows of one file. -#}
{% macro line_number() -%}
    {{ return(adapter.dispatch('line_number', 'living_panel')()) }}
{%- endmacro %}

{% macro default__line_number() -%}row_number() over (){%- endmacro %}

{#- The artifacts' Parquet tables of one name, with the folder's two ids; a column that an older artifact
    does not have is null. Where only current artifacts are wanted, DuckDB opens no other files. -#}
{% macro read_artifact_parquet(name, columns, only_current=false) -%}
    {%- do source('artifacts', 'current') -%}
    {{ return(adapter.dispatch('read_artifact_parquet', 'living_panel')(name, columns, only_current)) }}
{%- endmacro %}

{% macro default__read_artifact_parquet(name, columns, only_current) -%}
    {%- set files = artifact_files(name, only_current) -%}
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
    {{ return(adapter.dispatch('read_comparison_parquet', 'living_panel')(name, columns)) }}
{%- endmacro %}

{% macro default__read_comparison_parquet(name, columns) -%}
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

{#- The list of current artifacts, which the newest refresh wrote. -#}
{% macro read_current_index() -%}
    {%- do source('artifacts', 'current') -%}
    {{ read_documents('current_index', {
        'table_id': 'varchar', 'artifact_id': 'varchar', 'release_id': 'varchar'
    }) }}
{%- endmacro %}

{#- Printed numbers beside ours, the causes of differences, or findings, as the asset artifacts/reproduction left
    them. -#}
{% macro read_reproduction(columns, name='reproduction') -%}
    {%- do source('artifacts', 'reproduction') -%}
    {{ return(adapter.dispatch('read_reproduction', 'living_panel')(columns, name)) }}
{%- endmacro %}

{% macro default__read_reproduction(columns, name) -%}
    {%- set files = files_like('build/' ~ name ~ '.parquet') -%}
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
