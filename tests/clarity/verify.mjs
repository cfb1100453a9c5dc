// Reads signed transactions with the chain's own library, and runs their calls in the real Clarity VM.
//
// One JSON object a line on stdin, one a line on stdout; each is a chain of its own:
//   in   {network, contract: "ADDRESS.NAME", steps: [step], look: [content ids as decimal text]}
//   step {transaction: HEX, run: bool} | {call: FUNCTION, args: [HEX of a Clarity value], sender: ADDRESS}
//   out  {steps: [what each was and came to], contents: {id: HEX of the map's entry}, paused, functions, maps} or {error}

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { getSDK } from '@stacks/clarinet-sdk';
import {
  Cl,
  PayloadType,
  addressToString,
  cvToHex,
  deserializeTransaction,
  getAddressFromPublicKey,
  publicKeyFromSignatureVrs,
  sigHashPreSign,
} from '@stacks/transactions';

const EPOCH = '4.0';
const SOURCE = readFileSync(new URL('./pay-per-view.clar', import.meta.url), 'utf8');

const vm = await getSDK();

async function deploy(contract) {
  const [owner, name] = contract.split('.');
  await vm.initEmptySession(undefined);
  vm.setEpoch(EPOCH);
  vm.deployContract(name, SOURCE, null, owner);
}

// The signer comes out of the signature alone; verifyOrigin then holds it against the one that the bytes claim.
function proof(transaction, network) {
  const { nonce, fee, keyEncoding, signature } = transaction.auth.spendingCondition;
  const digest = sigHashPreSign(transaction.signBegin(), transaction.auth.authType, fee, nonce);
  try {
    const signer = getAddressFromPublicKey(publicKeyFromSignatureVrs(digest, signature.data, keyEncoding), network);
    transaction.verifyOrigin();
    return { signer, refused: null };
  } catch (error) {
    return { signer: null, refused: error.message };
  }
}

function wire(transaction) {
  const { nonce, fee } = transaction.auth.spendingCondition;
  return {
    bytes: transaction.serialize(),
    txid: transaction.txid(),
    version: transaction.transactionVersion,
    chain: transaction.chainId,
    nonce: String(nonce),
    fee: String(fee),
    anchor: transaction.anchorMode,
    mode: transaction.postConditionMode,
    conditions: transaction.postConditions.values.length,
  };
}

function call({ contractAddress, contractName, functionName, functionArgs }) {
  return {
    contract: `${addressToString(contractAddress)}.${contractName.content}`,
    function: functionName.content,
    args: functionArgs,
  };
}

function run(contract, name, args, sender) {
  const { result } = vm.callPublicFn(contract, name, args, sender);
  return { result: Cl.prettyPrint(result), hex: cvToHex(result) };
}

// What doesn't verify is never run: the VM would believe any sender that it is told.
function take(step, scenario) {
  if (step.call) {
    return run(scenario.contract, step.call, step.args.map((arg) => Cl.deserialize(arg)), step.sender);
  }
  const transaction = deserializeTransaction(step.transaction);
  const told = { ...wire(transaction), ...proof(transaction, scenario.network) };
  if (transaction.payload.payloadType !== PayloadType.ContractCall) return told;
  const { contract, function: name, args } = call(transaction.payload);
  const came = step.run && told.refused === null ? run(contract, name, args, told.signer) : {};
  return { ...told, contract, function: name, args: args.map((arg) => cvToHex(arg)), ...came };
}

async function answer(scenario) {
  const { contract, steps, look } = scenario;
  const [owner] = contract.split('.');
  await deploy(contract);
  const came = steps.map((step) => take(step, scenario));
  const entry = (id) => cvToHex(vm.callReadOnlyFn(contract, 'get-content-info', [Cl.uint(id)], owner).result);
  const { functions, maps } = vm.getContractsInterfaces().get(contract);
  return {
    steps: came,
    contents: Object.fromEntries(look.map((id) => [id, entry(id)])),
    paused: Cl.prettyPrint(vm.getDataVar(contract, 'paused')),
    functions,
    maps,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const told = await answer(JSON.parse(line)).catch((error) => ({ error: String(error?.stack ?? error) }));
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
