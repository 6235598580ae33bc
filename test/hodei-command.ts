export { hodei } from "@hodei/testing";
