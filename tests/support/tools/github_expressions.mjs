// Evaluates GitHub's expressions with GitHub's own library: a JSON request a line on standard input, a JSON answer a line.
//   {"expression": "success() && env.A == 'b'", "context": {"env": {"A": "b"}}, "status": "failure"}
//   {"value": ..., "text": "...", "asks_status": true}   or   {"error": "..."}
// `status` is what success(), failure() and cancelled() look at; without it they are unknown functions.
import {createInterface} from "node:readline";
import {data, Evaluator, Lexer, Parser} from "@actions/expressions";

const nullary = (name, answer) => ({name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(answer)});

function statusFunctions(status) {
  return [
    nullary("success", status === "success"),
    nullary("failure", status === "failure"),
    nullary("cancelled", status === "cancelled"),
    nullary("always", true),
  ];
}

function evaluate({expression, context, status}) {
  const {tokens} = new Lexer(expression).lex();
  const functions = status === undefined ? [] : statusFunctions(status);
  const tree = new Parser(tokens, Object.keys(context), functions).parse();
  const known = JSON.parse(JSON.stringify(context), data.reviver);
  const result = new Evaluator(tree, known, new Map(functions.map(each => [each.name, each]))).evaluate();
  const names = functions.map(each => each.name);
  return {
    value: JSON.parse(JSON.stringify(result, data.replacer)),
    text: result.coerceString(),
    asks_status: tokens.some((token, at) => names.includes(token.lexeme.toLowerCase()) && tokens[at + 1]?.lexeme === "("),
  };
}

for await (const line of createInterface({input: process.stdin})) {
  let answer;
  try {
    answer = evaluate(JSON.parse(line));
  } catch (error) {
    answer = {error: String(error.message ?? error)};
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
