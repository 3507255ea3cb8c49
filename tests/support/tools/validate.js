// Reads {"schemas": [...], "cases": [{"schema": number, "yaml": "..."} or {"schema": number, "value": ...}]} on standard input and prints, for
// each case, what a strict validator finds wrong: a list of sentences. YAML is read as editors read it (version 1.2).
const Ajv = require("ajv");
const YAML = require("yaml");

const validators = new Map();

function validatorOf(schema) {
    const key = JSON.stringify(schema);
    if (!validators.has(key)) validators.set(key, new Ajv({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema));
    return validators.get(key);
}

const { schemas, cases } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const found = cases.map(({ schema, yaml, value }) => {
    const validate = validatorOf(schemas[schema]);
    const document = yaml === undefined ? undefined : YAML.parseDocument(yaml);
    if (document?.errors.length) return document.errors.map((error) => `no YAML: ${error.message.split("\n")[0]}`);
    if (validate(document === undefined ? value : document.toJS())) return [];
    return validate.errors.map((error) => `${error.instancePath}: ${error.message}`);
});
console.log(JSON.stringify(found));
