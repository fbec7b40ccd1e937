// Compiles a .ksy to Python and JavaScript: node kaitai_compile.cjs torq.ksy FOLDER
const fs = require("fs");
const path = require("path");
const yaml = require("js-yaml");
const compiler = require("kaitai-struct-compiler");

const [, , source, folder] = process.argv;

async function main() {
  const description = yaml.load(fs.readFileSync(source, "utf8"));
  for (const language of ["python", "javascript"]) {
    const files = await compiler.compile(language, description, null, false);
    for (const name in files) fs.writeFileSync(path.join(folder, name), files[name]);
  }
}

main().catch((error) => {
  console.error(String(error));
  process.exit(1);
});
