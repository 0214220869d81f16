// SPDX-License-Identifier: MIT
// node validate.mjs FILE: each object of a manifest against the schema of its kind. Prints the objects as JSON; exit 1
// with a line for each error.
//
// A field that the schema does not know is an error, as with `kubectl --validate=strict`: the validators read each
// field that they know, and a Proxy notes what was read.
import fs from "node:fs";
import {parseAllDocuments} from "yaml";

const folder = {v1: "v1", "batch/v1": "batch/v1"};

function noting(value, read, place = "") {
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return new Proxy(value, {
    get(target, name) {
      if (typeof name !== "string" || !Object.hasOwn(target, name)) {
        return target[name];
      }
      read.add(`${place}/${name}`);
      return noting(target[name], read, `${place}/${name}`);
    },
  });
}

function* fields(value, place = "") {
  if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      yield `${place}/${name}`;
      yield* fields(inner, `${place}/${name}`);
    }
  }
}

async function errors(object) {
  if (!folder[object.apiVersion]) {
    return [`apiVersion ${object.apiVersion} is not known here`];
  }
  const schema = (await import(`kubernetes-models/${folder[object.apiVersion]}/${object.kind}`))[object.kind];
  const read = new Set();
  const found = [];
  try {
    schema.prototype.validate.call(noting(object, read));
  } catch (error) {
    found.push(error.message);
  }
  return found.concat([...fields(object)].filter((one) => !read.has(one)).map((one) => `${one} is not known`));
}

const objects = parseAllDocuments(fs.readFileSync(process.argv[2], "utf8"), {strict: true}).map((one) => {
  if (one.errors.length) {
    throw one.errors[0];
  }
  return one.toJS();
});
for (const object of objects) {
  for (const error of await errors(object)) {
    console.error(`${object.kind}: ${error}`);
    process.exitCode = 1;
  }
}
console.log(JSON.stringify(objects));
