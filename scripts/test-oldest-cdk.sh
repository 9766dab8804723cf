#!/usr/bin/env bash
# Runs the tests of blocks, patterns and the validation plugin against the oldest aws-cdk-lib and constructs of the peer range.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
oldest() { node -p "require('./package.json').peerDependencies['$1'].replace(/^\^/, '')"; }
folder=$PWD/.cache/oldest-cdk
mkdir -p "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "aws-cdk-lib@$(oldest aws-cdk-lib)" "constructs@$(oldest constructs)"
mapper=$(node -p "JSON.stringify({ ...require('./package.json').jest.moduleNameMapper,
  '^(aws-cdk-lib|constructs)(/.*)?\$': '$folder/node_modules/\$1\$2' })")
echo "aws-cdk-lib $(node -p "require('$folder/node_modules/aws-cdk-lib/package.json').version")"
# Handlers know nothing of the CDK.
npx jest --moduleNameMapper="$mapper" test/blocks test/patterns test/review/plugin --testPathIgnorePatterns /handlers/ /node_modules/
