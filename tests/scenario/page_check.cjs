// Looks at pages as a browser does: page_check.cjs FILE... ; NODE_PATH holds puppeteer-core, axe-core and mermaid.
// A file of HTML is opened as it is; of a file of Markdown every Mermaid block is drawn. One JSON object per file.
const fs = require("fs");
const os = require("os");
const path = require("path");
const puppeteer = require("puppeteer-core");

const SCHEMES = ["light", "dark"];
const WIDTHS = [1100, 360];

async function open(browser, file, width, scheme, bypass) {
  const page = await browser.newPage();
  const seen = { console: [], requests: [] };
  page.on("console", (message) => seen.console.push(message.text()));
  page.on("pageerror", (error) => seen.console.push(String(error)));
  page.on("request", (request) => {
    if (request.url() !== "file://" + file && !request.url().startsWith("data:")) seen.requests.push(request.url());
  });
  await page.setBypassCSP(bypass);
  await page.setViewport({ width, height: 800 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto("file://" + file, { waitUntil: "networkidle0" });
  await page.evaluate(() => document.querySelectorAll("details").forEach((each) => (each.open = true)));
  return { page, seen };
}

async function axe(page) {
  await page.evaluate(fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
  const found = await page.evaluate(() => axe.run());
  return found.violations.map((each) => each.id + ": " + each.nodes.map((node) => node.html + " " + node.failureSummary).join(" | "));
}

async function look(browser, file, pictures) {
  const result = { file, console: [], requests: [], violations: [], scroll: [] };
  for (const scheme of SCHEMES)
    for (const width of WIDTHS) {
      const { page, seen } = await open(browser, file, width, scheme, false);
      result.console.push(...seen.console);
      result.requests.push(...seen.requests);
      const widest = await page.evaluate(() => document.documentElement.scrollWidth);
      if (widest > width) result.scroll.push(`${widest} of ${width}, ${scheme}`);
      result.text = await page.evaluate(() => document.body.innerText);
      if (pictures) await page.screenshot({ path: path.join(pictures, `${path.basename(file)}-${scheme}-${width}.png`), fullPage: true });
      await page.close();
      // What looks at the page is a script, which the page itself forbids.
      const looked = await open(browser, file, width, scheme, true);
      result.violations.push(...(await axe(looked.page)).map((each) => `${scheme}, ${width}: ${each}`));
      await looked.page.close();
    }
  return result;
}

async function draw(browser, file) {
  const result = { file, drawn: [], errors: [] };
  const page = await browser.newPage();
  await page.goto("about:blank");
  await page.evaluate(fs.readFileSync(require.resolve("mermaid/dist/mermaid.min.js"), "utf8"));
  for (const [, chart] of fs.readFileSync(file, "utf8").matchAll(/^```mermaid\n(.*?)^```$/gms)) {
    try {
      result.drawn.push(await page.evaluate(async (text) => {
        mermaid.initialize({ startOnLoad: false });
        await mermaid.parse(text);
        document.body.innerHTML = (await mermaid.render("chart", text)).svg;
        return [...document.querySelectorAll(".taskText, .taskTextOutsideRight, .taskTextOutsideLeft")].map((each) => each.textContent);
      }, chart));
    } catch (error) {
      result.errors.push(String(error));
    }
  }
  await page.close();
  return result;
}

async function main() {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), "lg-chromium-"));
  const browser = await puppeteer.launch({
    executablePath: "/usr/bin/chromium", headless: true, userDataDir: profile,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync"],
  });
  try {
    for (const file of process.argv.slice(2)) {
      const result = file.endsWith(".md") ? await draw(browser, file) : await look(browser, file, process.env.LASTGOOD_TEST_PICTURES);
      console.log(JSON.stringify(result));
    }
  } finally {
    await browser.close();
    fs.rmSync(profile, { recursive: true, force: true });
  }
}

main().catch((error) => { console.error(error); process.exit(1); });
