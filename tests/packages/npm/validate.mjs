// SPDX-License-Identifier: MIT
// validate.mjs FILE...    check bills of materials: CycloneDX 1.6 by its schema, licences by SPDX's grammar and list
//
// The schema is the one of @cyclonedx/cyclonedx-library, whose own validator is set up in this way, strict and with all
// formats; that one wants a newer Node.js than Debian 12 has.
import fs from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/node_modules/");
const Ajv = require("ajv").default;
const licence = require("spdx-expression-parse");
const schemas = "node_modules/@cyclonedx/cyclonedx-library/res/schema/";
const read = (name) => JSON.parse(fs.readFileSync(name, "utf8"));

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true, addUsedSchema: false });
require("ajv-formats").default(ajv);
require("ajv-formats-draft2019")(ajv, { formats: ["idn-email"] });
ajv.addFormat("iri-reference", true);
ajv.addSchema(read(schemas + "spdx.SNAPSHOT.schema.json"), "http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json");
ajv.addSchema(read(schemas + "jsf-0.82.SNAPSHOT.schema.json"), "http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json");
const valid = ajv.compile(read(schemas + "bom-1.6.SNAPSHOT.schema.json"));

let bad = 0;
const fail = (file, what) => { console.error(`${file}: ${what}`); bad = 1; };
for (const file of process.argv.slice(2)) {
    const bom = read(file);
    const licences = new Set();
    if (bom.bomFormat === "CycloneDX") {
        if (!valid(bom)) fail(file, ajv.errorsText(valid.errors, { separator: "\n" }));
        for (const one of [bom.metadata.component, ...bom.components]) one.licenses?.forEach((l) => licences.add(l.expression));
    } else {
        for (const one of bom.packages) licences.add(one.licenseConcluded).add(one.licenseDeclared);
    }
    for (const one of licences) try { licence(one); } catch (e) { fail(file, `${one}: ${e.message}`); }
    if (!bad) console.log(`${file}: valid, ${licences.size} licences`);
}
process.exit(bad);
