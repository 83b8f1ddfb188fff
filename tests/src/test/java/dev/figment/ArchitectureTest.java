package dev.figment;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows between packages: model -> nn -> device, and devices behind Devices. */
@AnalyzeClasses(packages = "dev.figment", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule modelsUseLayersUseTheDevice =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .withOptionalLayers(true)
          .layer("model")
          .definedBy("dev.figment.model..", "dev.figment.train..")
          .layer("nn")
          .definedBy("dev.figment.nn..", "dev.figment.loss..", "dev.figment.optim..")
          .layer("device")
          .definedBy("dev.figment.device..")
          .whereLayer("nn")
          .mayOnlyAccessLayers("device")
          .whereLayer("device")
          .mayNotAccessAnyLayer();

  /** The report on the CUDA kernels asks for their PTX and assembles it. */
  @ArchTest
  static final ArchRule processorsAreReachedOnlyThroughDevices =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "dev.figment.cpu..", "dev.figment.cuda..", "dev.figment.profile..")
          .and()
          .doNotHaveFullyQualifiedName("dev.figment.device.Devices")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.figment.cpu..", "dev.figment.cuda..");

  @ArchTest
  static final ArchRule onlyTheCudaDeviceKnowsJCuda =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.figment.cuda..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jcuda..");

  @ArchTest
  static final ArchRule processorsDoNotKnowEachOther =
      noClasses()
          .that()
          .resideInAPackage("dev.figment.cpu..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.figment.cuda..");

  /**
   * Devices and the processors it opens depend on each other by design; all else is free of cycles.
   */
  @ArchTest
  static final ArchRule packagesAreFreeOfCycles =
      slices()
          .matching("dev.figment.(*)..")
          .should()
          .beFreeOfCycles()
          .ignoreDependency(
              DescribedPredicate.describe(
                  "Devices", type -> type.getName().startsWith("dev.figment.device.Devices")),
              DescribedPredicate.alwaysTrue());
}
