// The package has no types: its main export is the path of the binary.
declare module "workerd" {
  const path: string;
  export default path;
}
