// Starts `archspec server` for YAML documents; everything else the language client does.

const vscode = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

async function start() {
  const [command, ...args] = vscode.workspace.getConfiguration("archspec").get("command");
  const server = { command, args, transport: TransportKind.stdio };
  client = new LanguageClient("archspec", "archspec", server, {
    documentSelector: [{ language: "yaml" }],
  });
  try {
    await client.start();
  } catch (error) {
    const help = 'Install it with `pip install "archspec-nn[server]"`, or set `archspec.command`.';
    vscode.window.showErrorMessage(`archspec: cannot run \`${command}\`. ${help}`);
  }
}

async function stop() {
  if (client) {
    await client.stop().catch(() => undefined);
    client = undefined;
  }
}

async function restart() {
  await stop();
  await start();
}

exports.activate = async (context) => {
  context.subscriptions.push(
    vscode.commands.registerCommand("archspec.restart", restart),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("archspec.command")) restart();
    }),
  );
  await start();
};

exports.deactivate = stop;
