"""Holds documents against a JSON Schema with a validator of others.

usage: schema_test.py SCHEMA.json DOCUMENTS.ndjson; prints a line a document: "valid" or "invalid".
"""

import json
import sys

import jsonschema


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    with open(sys.argv[2], encoding="utf-8") as file:
        for line in file:
            print("valid" if validator.is_valid(json.loads(line)) else "invalid")


main()
