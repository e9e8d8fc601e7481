"""Metadata that machines read: RO-Crate with the run of each table, Frictionless, Croissant.

Each is written from the description and the files. `make test-packages` holds each to its own validator.
The pair of forms is RO-Crate 1.3 with the actions of Process Run Crate 0.5, both known to roc-validator
0.13. Profile 0.5 inherits the base checks of RO-Crate 1.1; a crate of 1.3 is held to those of 1.3 instead.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate

from living_panel.estimation.package.description import Description, PackageTable
from living_panel.ingestion.digests import sha256_of_bytes

CRATE = "ro-crate-metadata.json"
FRICTIONLESS = "datapackage.json"
CROISSANT = "croissant.json"
PROCESS_RUN = "https://w3id.org/ro/wfrun/process/0.5"
MIT = "https://spdx.org/licenses/MIT"
KINDS = {
    ".md": "text/markdown", ".csv": "text/csv", ".json": "application/json", ".py": "text/x-python",
    ".yml": "application/yaml", ".tex": "application/x-tex", ".html": "text/html", ".png": "image/png",
    ".parquet": "application/vnd.apache.parquet", ".dta": "application/x-stata-dta",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".svg": "image/svg+xml",
}  # fmt: skip
Files = Mapping[str, bytes]


def metadata_files(description: Description, files: Files) -> dict[str, bytes]:
    """Return the three metadata files of a package.

    Parameters
    ----------
    description : Description
        What the package says of itself.
    files : mapping
        Its other files, by name.
    """
    made = {
        CRATE: ro_crate(description, files),
        FRICTIONLESS: frictionless(description, files),
        CROISSANT: croissant(description, files),
    }
    return {
        name: json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True).encode() + b"\n"
        for name, content in made.items()
    }


def ro_crate(description: Description, files: Files) -> dict[str, Any]:
    """Return RO-Crate metadata: the files, and one action a table with its program, inputs and outputs."""
    crate = ROCrate(version="1.3")
    crate.name = _title(description)
    crate.description = description.question or description.title
    crate.datePublished = datetime.fromisoformat(description.made)
    crate.license = crate.add(_licence(crate))
    profile = {"@type": ["CreativeWork", "Profile"], "name": "Process Run Crate", "version": "0.5"}
    crate.root_dataset["conformsTo"] = crate.add(ContextEntity(crate, PROCESS_RUN, profile))
    crate.root_dataset["author"] = [_person(crate, name) for name in description.authors]
    programs = {table.program for table in description.tables}
    listed = (name for name in sorted(files) if not name.startswith("code/") or name in programs)
    entities = {name: _file(crate, name, files[name]) for name in listed}
    if programs:
        code = {
            "name": "Source of the program",
            "description": "CHECKSUMS lists each of its files.",
        }
        crate.add_directory(dest_path="code/", properties=code)
    if description.tables:
        python = _python(crate, description)
        for table in description.tables:
            _action(crate, table, entities, python)
    generated: dict[str, Any] = crate.metadata.generate()
    return generated


def _title(description: Description) -> str:
    return (
        f'Replication package of "{description.title}"' if description.tables else description.title
    )


def _licence(crate: ROCrate) -> ContextEntity:
    licence = {"@type": "CreativeWork", "name": "MIT licence of the code",
            "description": "The code may be used, changed and published; LICENSE has the text. "
            "README.md states the licence of the data."}  # fmt: skip
    return ContextEntity(crate, MIT, licence)


def _person(crate: ROCrate, name: str) -> Any:
    identity = f"#author-{name.lower().replace(' ', '-')}"
    return crate.add(ContextEntity(crate, identity, {"@type": "Person", "name": name}))


def _file(crate: ROCrate, name: str, content: bytes) -> Any:
    entity: dict[str, Any] = {
        "name": name,
        "contentSize": str(len(content)),
        "sha256": sha256_of_bytes(content),
    }
    if kind := KINDS.get(PurePosixPath(name).suffix):
        entity["encodingFormat"] = kind
    if name.endswith(".py"):
        entity["@type"] = ["File", "SoftwareSourceCode"]
    return crate.add_file(dest_path=name, properties=entity)


def _python(crate: ROCrate, description: Description) -> Any:
    number = description.software["python"][-1]
    properties = {"@type": "SoftwareApplication", "name": "Python", "version": number,
                  "softwareVersion": number, "url": "https://www.python.org/"}  # fmt: skip
    return crate.add(ContextEntity(crate, "#python", properties))


def _action(crate: ROCrate, table: PackageTable, entities: Mapping[str, Any], python: Any) -> None:
    end = datetime.fromisoformat(table.created_at)
    results = [e for n, e in entities.items() if n.startswith(f"results/{table.table}/")]
    inputs = [entities[table.spec], entities["analysis/panel.parquet"]]
    action = crate.add_action(
        instrument=entities[table.program],
        identifier=f"#estimate-{table.table}",
        object=inputs,
        result=results,
        properties={
            "name": f"Estimate {table.title}",
            "description": table.question or table.title,
            "startTime": (end - timedelta(seconds=table.seconds)).isoformat(timespec="seconds"),
            "endTime": table.created_at,
            "actionStatus": "http://schema.org/CompletedActionStatus",
            "identifier": table.result_hash,
        },
    )
    action["softwareRequirements"] = python


def frictionless(description: Description, files: Files) -> dict[str, Any]:
    """Return a Frictionless data package: the CSV files of the analysis, with schemas and hashes."""
    panel = _resource("analysis/panel.csv", files)
    panel["schema"] = {
        "fields": [_table_field(m) for m in description.measures],
        "missingValues": [""],
        "primaryKey": ["province_code", "year"],
        "foreignKeys": [
            {
                "fields": ["province_code"],
                "reference": {"resource": "units", "fields": ["province_code"]},
            }
        ],
    }
    units = _resource("analysis/units.csv", files)
    header = files["analysis/units.csv"].decode().splitlines()[0].split(",")
    units["schema"] = {
        "fields": [{"name": name, "type": "string"} for name in header],
        "primaryKey": ["province_code"],
    }
    content: dict[str, Any] = {
        "name": description.paper.replace("_", "-"),
        "id": description.release_id,
        "title": _title(description),
        "version": description.release_id,
        "created": description.made,
        "resources": [panel, units, _resource("analysis/codebook.csv", files)],
        "sources": [
            {"title": title}
            for title in dict.fromkeys(s.citation or s.title for s in description.sources)
        ],
    }
    if licence := description.facts["licence"]:
        content["licenses"] = [{"name": licence.replace(" ", "-"), "title": licence}]
    return content


def _resource(name: str, files: Files) -> dict[str, Any]:
    content = files[name]
    return {
        "name": PurePosixPath(name).stem,
        "path": name,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{sha256_of_bytes(content)}",
    }


def _table_field(measure: Mapping[str, Any]) -> dict[str, Any]:
    field = {key: measure[key] for key in ("name", "type", "description")}
    field |= {"title": measure["label"], "unit": measure["unit"]}
    limits = {key: measure[key] for key in ("minimum", "maximum") if measure.get(key) is not None}
    if measure["name"] in ("province_code", "year"):
        limits["required"] = True
    return field | ({"constraints": limits} if limits else {})


CONTEXT = {
    "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column",
    "conformsTo": "dct:conformsTo", "containedIn": "cr:containedIn", "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/", "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty", "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract", "field": "cr:field", "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject", "fileSet": "cr:fileSet", "format": "cr:format", "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath", "key": "cr:key", "md5": "cr:md5",
    "parentField": "cr:parentField", "path": "cr:path", "recordSet": "cr:recordSet",
    "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace",
    "samplingRate": "cr:samplingRate", "sc": "https://schema.org/", "separator": "cr:separator",
    "source": "cr:source", "subField": "cr:subField", "transform": "cr:transform",
}  # fmt: skip
"""Terms of Croissant, kept here so that no file is fetched."""
TYPES = {"string": "sc:Text", "integer": "sc:Integer", "number": "sc:Float"}


def croissant(description: Description, files: Files) -> dict[str, Any]:
    """Return Croissant metadata of the analysis panel: its file with its hash, and its fields."""
    content = files["analysis/panel.csv"]
    document: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": description.paper,
        "description": description.question or description.title,
        "version": "1.0.0",
        "datePublished": description.made[:10],
        "creator": [{"@type": "sc:Person", "name": name} for name in description.authors],
        "citeAs": description.references[0],
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": "panel.csv",
                "name": "panel.csv",
                "contentUrl": "analysis/panel.csv",
                "encodingFormat": "text/csv",
                "contentSize": f"{len(content)} B",
                "sha256": sha256_of_bytes(content),
            }
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "panel",
                "name": "panel",
                "key": [{"@id": "panel/province_code"}, {"@id": "panel/year"}],
                "field": [_croissant_field(m) for m in description.measures],
            }
        ],
    }
    if licence := description.facts["licence"]:
        document["license"] = licence
    return document


def _croissant_field(measure: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"panel/{measure['name']}",
        "name": measure["name"],
        "description": f"{measure['label']}, {measure['unit']}. {measure['description']}".strip(),
        "dataType": TYPES[measure["type"]],
        "source": {"fileObject": {"@id": "panel.csv"}, "extract": {"column": measure["name"]}},
    }
