// Types of native-platform.mjs, for its test.
export declare function nativePlatform(
  platform: string,
  arch: string,
  llamaVersion: string,
): { packageName: string; ggmlLibraries: string[]; llamaLibrary: string; librarySuffix: string };
