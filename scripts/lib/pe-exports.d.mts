// Types of pe-exports.mjs, for its test.
interface DllExport {
  name: string;
  isCode: boolean;
}

export declare function readExports(image: Buffer, name: string): DllExport[];
export declare function definitionFile(dllName: string, exports: DllExport[], wanted: RegExp): string;
