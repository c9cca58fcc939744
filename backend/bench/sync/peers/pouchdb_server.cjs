// express-pouchdb over LevelDB, as its documentation sets it up: node pouchdb_server.cjs PORT FOLDER
"use strict";

const { mkdirSync } = require("node:fs");
const { createRequire } = require("node:module");

// The packages are in the working directory, not beside this file.
const packages = createRequire(`${process.cwd()}/`);
const express = packages("express");
const PouchDB = packages("pouchdb-core")
  .plugin(packages("pouchdb-adapter-leveldb"))
  .plugin(packages("pouchdb-mapreduce"));

const [port, folder] = [Number(process.argv[2]), process.argv[3]];
mkdirSync(folder, { recursive: true });
const Databases = PouchDB.defaults({ prefix: `${folder}/`, adapter: "leveldb" });
const app = express();
app.use("/", packages("express-pouchdb")(Databases, { mode: "minimumForPouchDB", inMemoryConfig: true }));
app.listen(port, "127.0.0.1");
